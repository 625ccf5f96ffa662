//! The kit itself: an app starts, people sign in, the workers rest.

use serde_json::json;

use crate::on_both;

on_both! {
    async fn people_sign_in(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        nurse.ask("{ serverVersion }", json!({})).await;
        let forged = nurse.with_token("forged").send("{ serverVersion }", json!({})).await;
        assert_eq!((forged.status, forged.code()), (401, "UNAUTHENTICATED"));
        assert!(forged.headers.contains_key("www-authenticate"));
    }
}
