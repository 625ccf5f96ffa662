//! Closed sets of values about people, units and devices.

use crate::text_enum::text_enum;

text_enum! {
    /// What sort of unit.
    pub enum UnitKind {
        /// A region.
        Region = "REGION",
        /// A site: the walls that colleagues share.
        Site = "SITE",
        /// A team.
        Team = "TEAM",
        /// A function (IT, supply, product, HR): may own submissions and causes.
        Function = "FUNCTION",
        /// Anything else.
        Other = "OTHER",
    }
}

text_enum! {
    /// A role, given on a unit and everything below it (product.md, "Units, roles, rights").
    pub enum Role {
        /// Works here. Everyone has it on the home unit without a grant.
        Employee = "EMPLOYEE",
        /// Leads a unit.
        Manager = "MANAGER",
        /// CX team: triages and decides.
        Reviewer = "REVIEWER",
        /// Reads opened ideas and aggregates.
        Executive = "EXECUTIVE",
        /// Looks after tone: ideas and reported items.
        Moderator = "MODERATOR",
        /// Reads settings, logs and switches; no content.
        Auditor = "AUDITOR",
        /// Runs the system; content only with a further, visible grant.
        Admin = "ADMIN",
        /// An integration: a service principal with scopes.
        Integration = "INTEGRATION",
    }
}

text_enum! {
    /// Whether a PIN is the person's own or a one-time printed code.
    pub enum PinState {
        /// None set.
        None = "NONE",
        /// One-time printed code: must be replaced at the first sign-in.
        Once = "ONCE",
        /// Chosen by the person.
        Own = "OWN",
    }
}

text_enum! {
    /// Whether a vote also follows.
    pub enum VoteFollows {
        /// Yes, the default.
        Yes = "YES",
        /// No.
        No = "NO",
    }
}

text_enum! {
    /// How somebody signed in.
    pub enum SignInMethod {
        /// A code sent by mail.
        Code = "CODE",
        /// A password.
        Password = "PASSWORD",
        /// Staff code and PIN on an enrolled device.
        Pin = "PIN",
        /// A one-time link.
        Link = "LINK",
    }
}

text_enum! {
    /// What sort of device.
    pub enum DeviceKind {
        /// Used by many: no refresh token, ends on Done or after 60 s idle.
        Shared = "SHARED",
        /// A person's own phone, enrolled by the site's QR.
        Personal = "PERSONAL",
    }
}

text_enum! {
    /// What a code or link opens.
    pub enum CodePurpose {
        /// Sign in by a mailed code.
        SignIn = "SIGN_IN",
        /// The one-time link of the first administrator.
        SetUp = "SET_UP",
        /// A one-time sign-in link (invitation, demo).
        Link = "LINK",
    }
}
