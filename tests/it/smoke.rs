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

on_both! {
    async fn the_links_of_mails_land_somewhere_and_tell_nothing(app) {
        let page = async |path: &str, language: &str| {
            let request = app.anybody().request(reqwest::Method::GET, path).header("accept-language", language);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            assert!(answer.headers().contains_key("content-security-policy"));
            answer.text().await.unwrap()
        };
        let known = page("/s/EAR-1", "en").await;
        assert_eq!(known, page("/s/EAR-999999", "en-GB,en;q=0.8").await);
        assert!(page("/s/EAR-1", "es-MX").await.contains("lang=\"es\""));
        assert!(page("/preferences", "fr").await.contains("lang=\"en\""));
    }
}
