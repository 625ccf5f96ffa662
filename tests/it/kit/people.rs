//! The small organisation of the tests: two regions, three sites, five teams, two functions and
//! one person in every position.

use earshot::identity;
use earshot::kit::scope::{Scope, Tx};
use entity::id::{GrantId, PersonId, UnitId};
use entity::identity::values::{PinState, Role, UnitKind, VoteFollows};
use entity::identity::{grant, person, unit, unit_closure};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::json;

use super::app::TestApp;
use super::client::Client;

/// Ids of everybody and everything.
#[derive(Clone, Debug)]
pub struct Organisation {
    pub root: UnitId,
    pub north: UnitId,
    pub south: UnitId,
    /// Site in the north.
    pub harbour: UnitId,
    /// Another site in the north.
    pub hill: UnitId,
    /// Site in the south.
    pub lake: UnitId,
    /// Teams of the harbour.
    pub ward: UnitId,
    pub desk: UnitId,
    /// Team of the hill.
    pub kitchen: UnitId,
    /// Team of the lake.
    pub lab: UnitId,
    /// Functions, under the root.
    pub it: UnitId,
    pub facilities: UnitId,

    /// Ward; staff code, no mail.
    pub nurse: PersonId,
    /// Desk of the same site; mail.
    pub colleague: PersonId,
    /// Kitchen of the hill; mail; Spanish.
    pub cook: PersonId,
    /// Lab in the south; mail.
    pub chemist: PersonId,
    /// REVIEWER of the north.
    pub reviewer: PersonId,
    /// A second REVIEWER of the north.
    pub second_reviewer: PersonId,
    /// REVIEWER of the south.
    pub south_reviewer: PersonId,
    /// REVIEWER of everything.
    pub head: PersonId,
    /// REVIEWER of the function IT.
    pub it_reviewer: PersonId,
    /// MANAGER of the harbour.
    pub manager: PersonId,
    /// MANAGER of the hill.
    pub hill_manager: PersonId,
    /// EXECUTIVE of everything.
    pub executive: PersonId,
    /// MODERATOR of the north.
    pub moderator: PersonId,
    /// AUDITOR of everything.
    pub auditor: PersonId,
    /// ADMIN of everything.
    pub admin: PersonId,
}

/// The mail address of a person of the organisation who has one.
pub fn mail_of(name: &str) -> String {
    format!("{}@harbour.example", name.to_lowercase().replace(' ', "."))
}

struct Maker<'a> {
    scope: &'a Scope,
    tx: Tx,
}

struct NewUnit<'a> {
    name: &'a str,
    kind: UnitKind,
    /// Ancestors, root first.
    under: &'a [UnitId],
    site: Option<UnitId>,
}

struct NewPerson<'a> {
    name: &'a str,
    home: UnitId,
    mail: Mail,
    locale: &'a str,
    role: Option<(Role, UnitId)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mail {
    Has,
    None,
}

impl Maker<'_> {
    async fn unit(&self, new: NewUnit<'_>) -> UnitId {
        let id = UnitId(self.scope.fresh_id());
        let site = if new.kind == UnitKind::Site { id } else { new.site.unwrap_or(id) };
        unit::ActiveModel {
            id: Set(id),
            parent_id: Set(new.under.last().copied()),
            kind: Set(new.kind),
            name: Set(new.name.to_owned()),
            code: Set(Some(new.name.to_uppercase().replace(' ', "-"))),
            site_id: Set(site),
            zone: Set(None),
            active_from: Set(None),
            active_to: Set(None),
            created_at: Set(self.scope.now),
            version: Set(1),
        }
        .insert(&self.tx)
        .await
        .expect("a unit");
        let depth = new.under.len();
        for (index, ancestor) in new.under.iter().chain([&id]).enumerate() {
            unit_closure::ActiveModel {
                ancestor: Set(*ancestor),
                descendant: Set(id),
                depth: Set(i32::try_from(depth - index).expect("small")),
            }
            .insert(&self.tx)
            .await
            .expect("a closure row");
        }
        id
    }

    async fn person(&self, new: NewPerson<'_>) -> PersonId {
        let id = PersonId(self.scope.fresh_id());
        let mail = (new.mail == Mail::Has).then(|| mail_of(new.name));
        person::ActiveModel {
            id: Set(id),
            name: Set(new.name.to_owned()),
            email: Set(mail.clone()),
            email_key: Set(mail),
            staff_code: Set(Some(new.name.to_uppercase().replace(' ', "-"))),
            home_unit_id: Set(new.home),
            locale: Set(new.locale.to_owned()),
            password_hash: Set(None),
            pin_hash: Set(None),
            pin_once: Set(PinState::None),
            vote_follows: Set(VoteFollows::Yes),
            bounced_at: Set(None),
            deactivated_at: Set(None),
            created_at: Set(self.scope.now),
            version: Set(1),
        }
        .insert(&self.tx)
        .await
        .expect("a person");
        if let Some((role, unit)) = new.role {
            grant::ActiveModel {
                id: Set(GrantId(self.scope.fresh_id())),
                person_id: Set(Some(id)),
                service_id: Set(None),
                role: Set(role),
                unit_id: Set(unit),
                granted_by: Set(None),
                created_at: Set(self.scope.now),
            }
            .insert(&self.tx)
            .await
            .expect("a grant");
        }
        id
    }

    async fn employee(&self, name: &str, home: UnitId) -> PersonId {
        self.person(NewPerson { name, home, mail: Mail::Has, locale: "en", role: None }).await
    }

    async fn with_role(&self, name: &str, home: UnitId, role: (Role, UnitId)) -> PersonId {
        let role = Some(role);
        self.person(NewPerson { name, home, mail: Mail::Has, locale: "en", role }).await
    }
}

impl Organisation {
    /// Writes the organisation into an empty database.
    pub async fn make(scope: &Scope) -> Self {
        let maker = Maker { scope, tx: scope.begin().await.expect("a transaction") };
        let unit = async |name, kind, under: &[UnitId], site| {
            maker.unit(NewUnit { name, kind, under, site }).await
        };
        let root = unit("Mercy", UnitKind::Other, &[], None).await;
        let north = unit("North", UnitKind::Region, &[root], None).await;
        let south = unit("South", UnitKind::Region, &[root], None).await;
        let harbour = unit("Harbour", UnitKind::Site, &[root, north], None).await;
        let hill = unit("Hill", UnitKind::Site, &[root, north], None).await;
        let lake = unit("Lake", UnitKind::Site, &[root, south], None).await;
        let in_harbour = [root, north, harbour];
        let ward = unit("Ward", UnitKind::Team, &in_harbour, Some(harbour)).await;
        let desk = unit("Desk", UnitKind::Team, &in_harbour, Some(harbour)).await;
        let kitchen = unit("Kitchen", UnitKind::Team, &[root, north, hill], Some(hill)).await;
        let lab = unit("Lab", UnitKind::Team, &[root, south, lake], Some(lake)).await;
        let it = unit("IT", UnitKind::Function, &[root], None).await;
        let facilities = unit("Facilities", UnitKind::Function, &[root], None).await;
        let nurse = maker
            .person(NewPerson {
                name: "Nell Nurse",
                home: ward,
                mail: Mail::None,
                locale: "en",
                role: None,
            })
            .await;
        let cook = maker
            .person(NewPerson {
                name: "Carla Cook",
                home: kitchen,
                mail: Mail::Has,
                locale: "es",
                role: None,
            })
            .await;
        let made = Self {
            root,
            north,
            south,
            harbour,
            hill,
            lake,
            ward,
            desk,
            kitchen,
            lab,
            it,
            facilities,
            nurse,
            cook,
            colleague: maker.employee("Colin Colleague", desk).await,
            chemist: maker.employee("Cher Chemist", lab).await,
            reviewer: maker.with_role("Rita Reviewer", harbour, (Role::Reviewer, north)).await,
            second_reviewer: maker.with_role("Rob Reviewer", hill, (Role::Reviewer, north)).await,
            south_reviewer: maker.with_role("Sue South", lake, (Role::Reviewer, south)).await,
            head: maker.with_role("Hanna Head", root, (Role::Reviewer, root)).await,
            it_reviewer: maker.with_role("Ivo It", it, (Role::Reviewer, it)).await,
            manager: maker.with_role("Mona Manager", harbour, (Role::Manager, harbour)).await,
            hill_manager: maker.with_role("Hugo Hill", hill, (Role::Manager, hill)).await,
            executive: maker.with_role("Ed Executive", root, (Role::Executive, root)).await,
            moderator: maker.with_role("Mo Moderator", north, (Role::Moderator, north)).await,
            auditor: maker.with_role("Ada Auditor", root, (Role::Auditor, root)).await,
            admin: maker.with_role("Adam Admin", root, (Role::Admin, root)).await,
        };
        maker.tx.commit(made).await.expect("the organisation is written")
    }
}

impl TestApp {
    /// A client of `person`, signed in by a one-time link.
    pub async fn sign_in(&self, person: PersonId) -> Client {
        let link = identity::service::issue_link(&self.system(), person, entity::instant::HOUR)
            .await
            .expect("a link");
        let payload = self
            .anybody()
            .done(
                "signInByLink",
                "mutation($t: String!) { signInByLink(input: {token: $t, delivery: BODY}) { accessToken userErrors { code message } } }",
                json!({"t": link}),
            )
            .await;
        self.anybody().with_token(payload["accessToken"].as_str().expect("a token"))
    }
}
