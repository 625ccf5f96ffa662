//! Calls about people and integrations: `admin create`, `token create`.

use clap::Args;
use serde_json::json;

use super::data::with_house;
use super::output::{Exit, Output};
use crate::config::Config;
use crate::identity;

/// Arguments of `admin create`.
#[derive(Args, Debug)]
pub struct AdminArgs {
    /// Name of the person.
    #[arg(long)]
    name: String,
    /// Mail address of the person.
    #[arg(long)]
    email: String,
    /// Name of the organisation; needed once, when there is no unit yet.
    #[arg(long)]
    organisation: Option<String>,
}

/// Creates an administrator, or gives the role to the person with this address.
pub fn admin_create(config: Config, args: AdminArgs, output: &Output) -> i32 {
    let base = config.public_url.clone();
    let order = identity::service::NewAdmin {
        name: args.name,
        email: args.email,
        organisation: args.organisation,
    };
    match with_house(config, async |scope| identity::service::create_admin(scope, order).await) {
        Ok(token) => {
            let link = format!("{base}/link?token={token}");
            output.done(
                &format!("Administrator ready. One-time sign-in link, 24 hours:\n  {link}"),
                &json!({"link": link}),
            )
        }
        Err((exit, why)) => output.failed(exit, &why),
    }
}

/// The cure for a token that is made beside the server's data.
const SAME_PLACE: &str = "Give this call the settings of the server (EARSHOT_DATA_DIR, DATABASE_URL, --config), and run it in the same folder.";

/// Arguments of `token create`.
#[derive(Args, Debug)]
pub struct TokenArgs {
    /// Name of the integration; made when it is new.
    #[arg(long)]
    service: String,
    /// What the token is for.
    #[arg(long, default_value = "command line")]
    name: String,
    /// Scopes, separated by commas: content, personal, submit, submit-on-behalf, facts, link, external-links.
    /// docs/INTEGRATING.md says what each allows.
    #[arg(long, value_delimiter = ',', required = true)]
    scope: Vec<String>,
    /// External code of the unit whose subtree it may see; default: the whole organisation.
    #[arg(long)]
    unit: Option<String>,
    /// Days until it expires; without it, it lives until it is revoked.
    #[arg(long)]
    days: Option<u32>,
}

/// Creates a token and shows it once.
pub fn token_create(config: Config, args: &TokenArgs, output: &Output) -> i32 {
    let order = identity::service::NewToken {
        service: args.service.clone(),
        name: args.name.clone(),
        scopes: args.scope.clone(),
        unit_code: args.unit.clone(),
        days: args.days,
    };
    let place = config.place().to_string();
    if !config.place().exists() {
        let why = format!("There is no database yet: {place}. {SAME_PLACE} Nothing was made.");
        return output.failed(Exit::Refused, &why);
    }
    match with_house(config, async |scope| identity::service::create_token(scope, order).await) {
        Ok(token) => {
            output.done(&format!("API token, shown only now:\n  {token}"), &json!({"token": token}))
        }
        Err((exit, why)) => output.failed(exit, &why),
    }
}
