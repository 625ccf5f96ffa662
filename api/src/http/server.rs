//! The HTTP server: routes, limits, start and graceful stop.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as Web, HttpResponse, HttpServer, web};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::budget::Budgets;
use super::documents::Documents;
use super::{
    compress, docs, explorer, graphql, health, landing, links, live, unsubscribe, upload, ws,
};
use crate::graphql::schema::{self, Schema};
use crate::kit::error::Fault;
use crate::kit::scope::House;
use crate::kit::tail::Tail;

/// What every route shares. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Database, clock, keys, settings.
    pub house: Arc<House>,
    /// The schema.
    pub schema: Schema,
    /// The background runtime on which commands run and whose sockets the database pool owns.
    pub runtime: Handle,
    /// Counters.
    pub metrics: PrometheusHandle,
    /// The live end of the fact log.
    pub tail: Arc<Tail>,
    /// Documents that clients may name.
    pub documents: Arc<Documents>,
    /// What each caller may ask for in a minute.
    pub budgets: Arc<Budgets>,
}

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// The process-wide recorder; several apps of one process (tests) share it.
fn recorder() -> PrometheusHandle {
    METRICS
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            // A second recorder cannot be installed; then ours counts for nobody, which is harmless.
            let _ = metrics::set_global_recorder(recorder);
            handle
        })
        .clone()
}

impl App {
    /// The app over an open house.
    ///
    /// # Errors
    /// A fault that names a registered document which cannot be used.
    pub fn new(house: Arc<House>, runtime: Handle) -> Result<Self, Fault> {
        let config = &house.config;
        let documents = Documents::load(config.documents_mode, config.documents.as_deref())?;
        let budgets = Budgets::new(config.budget_signed_in, config.budget_address, &house.clock);
        let tail = Tail::start(house.clone(), &runtime);
        Ok(Self {
            house,
            schema: schema::build(),
            runtime,
            metrics: recorder(),
            tail,
            documents: Arc::new(documents),
            budgets: Arc::new(budgets),
        })
    }
}

/// A running server.
pub struct Running {
    /// Address it listens on.
    pub address: std::net::SocketAddr,
    /// Handle to stop it.
    pub handle: actix_web::dev::ServerHandle,
    /// Resolves when it has stopped.
    pub server: actix_web::dev::Server,
    /// Closes the sockets when it says so; to be told before the server is stopped, and kept until
    /// then: dropped, it means the same.
    pub sockets: Arc<watch::Sender<ws::Phase>>,
}

impl Running {
    /// What stops this server, for whoever hears the signal.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper { handle: self.handle.clone(), sockets: self.sockets.clone() }
    }
}

/// Stops a server.
#[derive(Clone)]
pub struct Stopper {
    handle: actix_web::dev::ServerHandle,
    sockets: Arc<watch::Sender<ws::Phase>>,
}

impl Stopper {
    /// Closes the sockets, so that their clients come back elsewhere, then stops when the requests
    /// under way are answered.
    pub async fn stop(&self) {
        self.sockets.send_replace(ws::Phase::Stopping);
        self.handle.stop(true).await;
    }
}

/// Binds and builds the server; drive `server` on an actix runtime.
///
/// # Errors
/// A fault naming the address when it cannot be bound.
pub fn bind(app: App, workers: usize) -> Result<Running, Fault> {
    let listen = app.house.config.listen;
    let refuse = |error: std::io::Error| {
        Fault::internal(format!(
            "Cannot listen on {listen}: {error}. Is another Earshot running? Set EARSHOT_LISTEN to another address."
        ))
    };
    let sockets = Arc::new(watch::Sender::new(ws::Phase::Serving));
    let live = web::Data::new(live::sockets(&app, sockets.subscribe()));
    let shared = web::Data::new(app);
    let web = move || {
        Web::new()
            .app_data(shared.clone())
            .app_data(live.clone())
            .configure(routes)
            // The last one stands outermost.
            .wrap(from_fn(compress::choose))
            .wrap(Compress::default())
            .wrap(from_fn(compress::finish))
    };
    let server = HttpServer::new(web)
        .on_connect(ws::on_connect)
        .workers(workers)
        .shutdown_timeout(10)
        .client_request_timeout(Duration::from_secs(10))
        .keep_alive(Duration::from_secs(75))
        .disable_signals()
        .bind(listen)
        .map_err(refuse)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    let server = server.run();
    Ok(Running { address, handle: server.handle(), server, sockets })
}

/// Every route of the binary.
fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/graphql", web::route().to(graphql::serve))
        .route("/graphql/schema.graphql", web::get().to(sdl))
        .configure(docs::routes)
        .configure(explorer::routes)
        .route("/s/{reference}", web::get().to(landing::item))
        .route("/announcements/{id}", web::get().to(landing::announcement))
        .route("/preferences", web::get().to(landing::preferences))
        .route("/unsubscribe/{token}", web::get().to(unsubscribe::ask))
        .route("/unsubscribe/{token}", web::post().to(unsubscribe::stop))
        .route("/uploads/{token}", web::put().to(upload::put))
        .route("/files/{token}", web::get().to(upload::get))
        .route("/link", web::get().to(links::ask))
        .route("/link", web::post().to(links::open))
        .route("/healthz", web::get().to(health::healthz))
        .route("/readyz", web::get().to(health::readyz))
        .route("/metrics", web::get().to(health::metrics))
        .default_service(web::route().to(nothing_here));
}

async fn sdl(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(app.schema.sdl())
}

async fn nothing_here() -> HttpResponse {
    HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body(
        "Nothing is here. The API is at /graphql, its documentation at /docs, its schema at /graphql/schema.graphql, health at /healthz.\n",
    )
}
