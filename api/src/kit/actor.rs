//! Who is asking, with rights as they stand in the database at this request.

use entity::id::{DeviceId, PersonId, ServiceId, SessionId, UnitId};
use entity::identity::values::Role;
use uuid::Uuid;

use super::error::{Refusal, Result};
use crate::db::dialect::Dialect;

/// Who.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody signed in.
    Anonymous,
    /// A person.
    Person(PersonId),
    /// An integration.
    Service(ServiceId),
    /// The scheduler, the worker, the command line.
    System,
}

/// One role on one unit, subtree included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which role.
    pub role: Role,
    /// Where.
    pub unit: UnitId,
}

/// What an API token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiScope {
    /// Read submissions of the subtree.
    Content,
    /// See names of people.
    Personal,
    /// Send submissions under the integration's own name.
    Submit,
    /// Send submissions on behalf of people.
    SubmitOnBehalf,
    /// Read the fact log.
    Facts,
    /// Say why something happens: links to root causes, as a model.
    Link,
    /// Keep what things are called in other systems.
    ExternalLinks,
}

impl ApiScope {
    /// Every scope, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Content,
        Self::Personal,
        Self::Submit,
        Self::SubmitOnBehalf,
        Self::Facts,
        Self::Link,
        Self::ExternalLinks,
    ];

    /// The word in tokens and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Personal => "personal",
            Self::Submit => "submit",
            Self::SubmitOnBehalf => "submit-on-behalf",
            Self::Facts => "facts",
            Self::Link => "link",
            Self::ExternalLinks => "external-links",
        }
    }

    /// The scope with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// Who reads ideas among employees (product.md, "Units, roles, rights"); a setting of the
/// organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadPolicy {
    /// The own site at once, everyone after a reviewer or manager opened it.
    #[default]
    OwnSiteThenOpen,
    /// The employees of its unit alone.
    OwnUnit,
    /// Everyone at once.
    Everyone,
}

impl ReadPolicy {
    /// Every policy, the default first.
    pub const ALL: [Self; 3] = [Self::OwnSiteThenOpen, Self::OwnUnit, Self::Everyone];

    /// The word in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwnSiteThenOpen => "OWN_SITE_THEN_OPEN",
            Self::OwnUnit => "OWN_UNIT",
            Self::Everyone => "EVERYONE",
        }
    }

    /// The policy with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

/// Who sees the names of authors; a setting of the organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthorNames {
    /// All who may read the submission.
    #[default]
    Readers,
    /// Reviewers alone.
    Reviewers,
}

impl AuthorNames {
    /// Every choice, the default first.
    pub const ALL: [Self; 2] = [Self::Readers, Self::Reviewers];

    /// The word in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Readers => "READERS",
            Self::Reviewers => "REVIEWERS",
        }
    }

    /// The choice with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|names| names.as_str() == word)
    }
}

/// The settings that rights depend on, read with the actor at every request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Who reads ideas.
    pub read_policy: ReadPolicy,
    /// Who sees names.
    pub author_names: AuthorNames,
}

/// The asker and all that visibility and policy may look at.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub principal: Principal,
    /// Home unit of a person.
    pub home: Option<UnitId>,
    /// Own site of a person (product.md, "Own site").
    pub site: Option<UnitId>,
    /// Roles held.
    pub grants: Vec<Held>,
    /// Scopes of an API token; empty for people.
    pub scopes: Vec<ApiScope>,
    /// Preferred language, BCP 47.
    pub locale: String,
    /// The session, when signed in by one.
    pub session: Option<SessionId>,
    /// The enrolled device of the session.
    pub device: Option<DeviceId>,
    /// The organisation's settings that rights depend on.
    pub rules: Rules,
    /// In which words conditions are written for this asker; set by the scope.
    pub dialect: Dialect,
}

impl Actor {
    fn bare(principal: Principal) -> Self {
        Self {
            principal,
            home: None,
            site: None,
            grants: Vec::new(),
            scopes: Vec::new(),
            locale: String::from("en"),
            session: None,
            device: None,
            rules: Rules::default(),
            dialect: Dialect::default(),
        }
    }

    /// Nobody signed in.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::bare(Principal::Anonymous)
    }

    /// The system itself.
    #[must_use]
    pub fn system() -> Self {
        Self::bare(Principal::System)
    }

    /// A person without any grant; rights are added by identity.
    #[must_use]
    pub fn of_person(person: PersonId, home: UnitId, site: UnitId) -> Self {
        Self { home: Some(home), site: Some(site), ..Self::bare(Principal::Person(person)) }
    }

    /// An integration without any grant; rights are added by identity.
    #[must_use]
    pub fn of_service(service: ServiceId, scopes: Vec<ApiScope>) -> Self {
        Self { scopes, ..Self::bare(Principal::Service(service)) }
    }

    /// The person asking, if it is one.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self.principal {
            Principal::Person(id) => Some(id),
            _ => None,
        }
    }

    /// The person asking.
    ///
    /// # Errors
    /// UNAUTHENTICATED for nobody, FORBIDDEN for integrations.
    pub fn require_person(&self) -> Result<PersonId> {
        match self.principal {
            Principal::Person(id) => Ok(id),
            Principal::Anonymous => Err(Refusal::unauthenticated().into()),
            _ => Err(Refusal::for_people().into()),
        }
    }

    /// Anybody but nobody.
    ///
    /// # Errors
    /// UNAUTHENTICATED.
    pub fn require_signed_in(&self) -> Result<()> {
        match self.principal {
            Principal::Anonymous => Err(Refusal::unauthenticated().into()),
            _ => Ok(()),
        }
    }

    /// Anybody who may read submissions at all: an API token needs the scope `content`, and is told
    /// so where a list would be empty for ever.
    ///
    /// # Errors
    /// UNAUTHENTICATED; FORBIDDEN for a token without the scope.
    pub fn require_content(&self) -> Result<()> {
        self.require_signed_in()?;
        if matches!(self.principal, Principal::Service(_)) && !self.has_scope(ApiScope::Content) {
            return Err(Refusal::without_scope("content").into());
        }
        Ok(())
    }

    /// Units on which `role` is held.
    #[must_use]
    pub fn units_with(&self, role: Role) -> Vec<UnitId> {
        self.grants.iter().filter(|held| held.role == role).map(|held| held.unit).collect()
    }

    /// Whether `role` is held anywhere.
    #[must_use]
    pub fn holds(&self, role: Role) -> bool {
        self.grants.iter().any(|held| held.role == role)
    }

    /// Whether `role` covers a unit whose ancestors (itself included) are `lineage`.
    #[must_use]
    pub fn covers(&self, role: Role, lineage: &[UnitId]) -> bool {
        self.grants.iter().any(|held| held.role == role && lineage.contains(&held.unit))
    }

    /// Whether an API token carries `scope`.
    #[must_use]
    pub fn has_scope(&self, scope: ApiScope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Requires `role` somewhere.
    ///
    /// # Errors
    /// UNAUTHENTICATED or FORBIDDEN.
    pub fn require_role(&self, role: Role) -> Result<()> {
        self.require_signed_in()?;
        if self.principal == Principal::System || self.holds(role) {
            return Ok(());
        }
        Err(Refusal::forbidden(&format!("the role {role}")).into())
    }

    /// The key under which client keys and budgets are kept.
    #[must_use]
    pub fn key(&self) -> String {
        match self.principal {
            Principal::Anonymous => String::from("anonymous"),
            Principal::Person(id) => id.to_string(),
            Principal::Service(id) => id.to_string(),
            Principal::System => String::from("system"),
        }
    }

    /// The bare id, for facts.
    #[must_use]
    pub fn uuid(&self) -> Option<Uuid> {
        match self.principal {
            Principal::Person(id) => Some(id.0),
            Principal::Service(id) => Some(id.0),
            Principal::Anonymous | Principal::System => None,
        }
    }
}
