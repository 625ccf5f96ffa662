//! `/healthz` (the process lives), `/readyz` (it can serve), `/metrics` (Prometheus).

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::server::App;

/// The process lives.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// The database answers and its schema is the one of this binary.
pub async fn readyz(app: web::Data<App>) -> HttpResponse {
    match app.house.database.ping().await {
        Ok(()) => HttpResponse::Ok().json(json!({
            "status": "ready",
            "database": app.house.database.name(),
            "version": env!("CARGO_PKG_VERSION"),
        })),
        Err(fault) => {
            tracing::warn!(detail = fault.detail, "not ready");
            HttpResponse::ServiceUnavailable()
                .json(json!({"status": "not ready", "why": "the database does not answer"}))
        }
    }
}

/// Counters in the Prometheus text format.
pub async fn metrics(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(app.metrics.render())
}
