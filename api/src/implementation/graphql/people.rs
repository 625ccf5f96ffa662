//! Who helps, as the API shows it.

use async_graphql::{Context, Object};
use entity::implementation::help;
use entity::implementation::values::HelpState;

use crate::graphql::payload::answer_or_null;
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::Person;
use crate::kit::actor::Actor;
use crate::submissions::graphql::edges;

/// Whether the asker is the co-owner whom this row names.
pub(super) fn is_co_owner(actor: &Actor, row: &help::Model) -> bool {
    row.state == HelpState::CoOwner && actor.person() == Some(row.person_id)
}

/// Whether names of helpers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// To those who work on it.
    Shown,
    /// To nobody else.
    Hidden,
}

impl From<bool> for Names {
    fn from(inside: bool) -> Self {
        if inside { Self::Shown } else { Self::Hidden }
    }
}

/// Who helps with a submission, as far as the asker sees it.
#[derive(Clone)]
pub struct Help {
    rows: Vec<help::Model>,
    mine: Option<HelpState>,
    names: Names,
}

impl Help {
    pub(super) fn seen(rows: Vec<help::Model>, (actor, names): (&Actor, Names)) -> Self {
        let mine = rows.iter().find(|it| actor.person() == Some(it.person_id)).map(|it| it.state);
        Self { rows, mine, names }
    }

    fn named(&self, state: HelpState) -> Option<Vec<Helper>> {
        let some = self.rows.iter().filter(|it| it.state == state).cloned().map(Helper);
        (self.names == Names::Shown).then(|| some.collect())
    }
}

/// Who helps with an idea. Names are for those who work on it.
#[Object]
impl Help {
    /// How many help or want to.
    async fn count(&self) -> usize {
        self.rows.len()
    }

    /// Whether you offered to help, or were named co-owner.
    async fn viewer_helps(&self) -> bool {
        self.mine.is_some()
    }

    /// Whether you were named co-owner.
    async fn viewer_is_co_owner(&self) -> bool {
        self.mine == Some(HelpState::CoOwner)
    }

    /// Who offered to help, the first one first; null for those who do not work on it.
    async fn offers(&self) -> Option<Vec<Helper>> {
        self.named(HelpState::Offered)
    }

    /// Who was named co-owner; null for those who do not work on it.
    async fn co_owners(&self) -> Option<Vec<Helper>> {
        self.named(HelpState::CoOwner)
    }
}

/// Somebody who helps.
#[derive(Clone)]
pub struct Helper(help::Model);

/// Somebody who helps with an idea.
#[Object]
impl Helper {
    /// Who.
    async fn person(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, Some(self.0.person_id)).await)
    }

    /// Since when.
    async fn since(&self) -> DateTime {
        self.0.created_at.into()
    }
}
