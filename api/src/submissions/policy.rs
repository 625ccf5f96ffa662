//! Who may do what with a submission: pure, decided on how somebody stands towards it.

use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission::Model;
use entity::submissions::values::Audience;

use super::standing::Standing;
use crate::kit::actor::{Actor, ApiScope, AuthorNames, Principal, ReadPolicy, Rules};
use crate::kit::error::{Code, Refusal};

/// Edited and corrected by its author while nobody has taken it up, decisions still held included.
///
/// # Errors
/// FORBIDDEN for others; TOO_LATE.
pub fn may_edit(row: &Model, standing: Standing) -> Result<(), Refusal> {
    if !standing.author {
        return Err(Refusal::forbidden("to be its author"));
    }
    if row.phase != Phase::Submitted {
        return Err(Refusal::new(
            Code::TooLate,
            "id",
            "It is being looked at already, so its words stay as they are. Write a comment instead.",
        ));
    }
    Ok(())
}

/// The kind is put right by the author as long as words may be edited, and by its reviewers.
///
/// # Errors
/// FORBIDDEN; TOO_LATE for the author.
pub fn may_correct_kind(row: &Model, standing: Standing) -> Result<(), Refusal> {
    if standing.reviewer {
        return Ok(());
    }
    if standing.author {
        return may_edit(row, standing);
    }
    Err(Refusal::forbidden("to be its author or its reviewer"))
}

/// Whoever reads it may comment in public, unless it was taken back or locked.
///
/// # Errors
/// TOO_LATE.
pub fn may_comment(row: &Model) -> Result<(), Refusal> {
    if row.locked_at.is_some() {
        return Err(Refusal::new(
            Code::TooLate,
            "submissionId",
            "It was locked: comments and votes are closed. Ask a reviewer.",
        ));
    }
    may_add(row)
}

/// Nothing is added to what was taken back, not even internally.
///
/// # Errors
/// TOO_LATE.
pub fn may_add(row: &Model) -> Result<(), Refusal> {
    if row.shown_phase == Phase::Withdrawn {
        return Err(Refusal::new(
            Code::TooLate,
            "submissionId",
            "It was taken back by its author, so nothing can be added.",
        ));
    }
    Ok(())
}

/// Internal comments are for those who see decisions before they are announced.
///
/// # Errors
/// FORBIDDEN.
pub fn may_comment_internally(standing: Standing) -> Result<(), Refusal> {
    if standing.inside() {
        return Ok(());
    }
    Err(Refusal::forbidden("to be its reviewer, manager, owner or assignee"))
}

/// Ideas are voted for by those who read them, but not by their author. `shown` is the phase that
/// everybody sees: of a twin, the one that it mirrors.
#[must_use]
pub fn may_vote(row: &Model, standing: Standing, shown: Phase) -> bool {
    row.kind == Kind::Idea && !standing.author && row.locked_at.is_none() && shown.is_open()
}

/// Taking it back: the table decides, this says whether the author's way is open.
#[must_use]
pub fn may_withdraw(row: &Model, standing: Standing) -> bool {
    let from_start =
        matches!(row.phase_stack.top(), None | Some(Phase::Submitted | Phase::UnderReview));
    let shown = row.shown_phase;
    let open = matches!(shown, Phase::Submitted | Phase::UnderReview)
        || (matches!(shown, Phase::NeedsInfo | Phase::Deferred)
            && (shown != row.phase || from_start));
    standing.author && open
}

/// Whether `actor` sees the author's name (product.md, "Author's name by programme setting").
#[must_use]
pub fn sees_author(actor: &Actor, standing: Standing) -> bool {
    if standing.author {
        return true;
    }
    match (actor.principal, actor.rules.author_names) {
        (Principal::System, _) => true,
        (Principal::Anonymous, _) => false,
        (Principal::Service(_), AuthorNames::Readers) => actor.has_scope(ApiScope::Personal),
        (Principal::Service(_), AuthorNames::Reviewers) => false,
        (Principal::Person(_), AuthorNames::Readers) => true,
        (Principal::Person(_), AuthorNames::Reviewers) => standing.reads_as_reviewer,
    }
}

/// Who can see a submission, as a sentence stands for it on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Taken back: author and CX team.
    TakenBack,
    /// "CX team only".
    CxTeamOnly,
    /// An observation, or what was hidden: CX team and managers over the unit.
    CxTeamAndManagers,
    /// An idea of the own site, not opened yet.
    OwnSite,
    /// An idea under the policy OWN_UNIT.
    OwnUnit,
    /// An idea that everyone reads.
    Everyone,
}

/// The widest circle of readers, by the same rule as `query::visible`.
#[must_use]
pub fn readers(row: &Model, rules: Rules) -> Readers {
    if row.phase == Phase::Withdrawn {
        return Readers::TakenBack;
    }
    if row.audience == Audience::CxTeamOnly {
        return Readers::CxTeamOnly;
    }
    match (row.kind, rules.read_policy) {
        _ if row.hidden_at.is_some() => Readers::CxTeamAndManagers,
        (Kind::Observation, _) => Readers::CxTeamAndManagers,
        (Kind::Idea, ReadPolicy::Everyone) => Readers::Everyone,
        (Kind::Idea, ReadPolicy::OwnUnit) => Readers::OwnUnit,
        (Kind::Idea, ReadPolicy::OwnSiteThenOpen) if row.opened_at.is_some() => Readers::Everyone,
        (Kind::Idea, ReadPolicy::OwnSiteThenOpen) => Readers::OwnSite,
    }
}

impl Readers {
    /// The sentence in the language of the asker; English for languages that it is not there in.
    #[must_use]
    pub fn sentence(self, locale: &str) -> &'static str {
        let spanish = locale.split(['-', '_']).next() == Some("es");
        match (self, spanish) {
            (Self::TakenBack, false) => "Only you and the CX team can see this.",
            (Self::TakenBack, true) => "Solo tú y el equipo de CX pueden ver esto.",
            (Self::CxTeamOnly, false) => {
                "Only you, the CX team and those who work on it can see this."
            }
            (Self::CxTeamOnly, true) => {
                "Solo tú, el equipo de CX y quienes trabajan en ello pueden ver esto."
            }
            (Self::CxTeamAndManagers, false) => {
                "You, the CX team, the managers of the unit and those who work on it can see this. Other colleagues cannot."
            }
            (Self::CxTeamAndManagers, true) => {
                "Tú, el equipo de CX, los responsables de la unidad y quienes trabajan en ello pueden ver esto. Otros compañeros no."
            }
            (Self::OwnSite, false) => {
                "Colleagues of this site, the CX team and the managers of the unit can see this; everyone once it has been opened."
            }
            (Self::OwnSite, true) => {
                "Los compañeros de este centro, el equipo de CX y los responsables de la unidad pueden ver esto; todos cuando se haya abierto."
            }
            (Self::OwnUnit, false) => {
                "Colleagues of this unit, the CX team and the managers of the unit can see this."
            }
            (Self::OwnUnit, true) => {
                "Los compañeros de esta unidad, el equipo de CX y los responsables de la unidad pueden ver esto."
            }
            (Self::Everyone, false) => "Everyone who works here can see this.",
            (Self::Everyone, true) => "Todos los que trabajan aquí pueden ver esto.",
        }
    }
}
