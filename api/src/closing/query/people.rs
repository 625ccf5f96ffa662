//! Who is told of what is closed: the authors and followers of each submission and its twins.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::{HashMap, HashSet};

use entity::engagement::follow;
use entity::id::{CauseId, PersonId, SubmissionId};
use entity::identity::person;
use entity::submissions::submission;
use entity::submissions::values::Audience;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};

use super::behind::Roots;
use crate::kit::error::Result;

/// Somebody who is told.
#[derive(Clone, Debug, FromQueryResult)]
pub(in crate::closing) struct Hearer {
    pub(in crate::closing) id: PersonId,
    pub(in crate::closing) email: Option<String>,
    pub(in crate::closing) bounced_at: Option<entity::instant::Instant>,
    pub(in crate::closing) deactivated_at: Option<entity::instant::Instant>,
    pub(in crate::closing) locale: String,
}

impl Hearer {
    /// Whether no mail reaches them.
    pub(in crate::closing) fn has_no_channel(&self) -> bool {
        self.email.is_none() || self.bounced_at.is_some()
    }
}

/// A member of a group, as far as telling looks at it.
#[derive(Clone, Debug, FromQueryResult)]
struct Member {
    id: SubmissionId,
    canonical_id: Option<SubmissionId>,
    author_id: Option<PersonId>,
    concerned_id: Option<PersonId>,
    audience: Audience,
    hidden_at: Option<entity::instant::Instant>,
}

impl Member {
    /// Whether it is for the CX team only, or hidden.
    fn is_closed(&self) -> bool {
        self.audience == Audience::CxTeamOnly || self.hidden_at.is_some()
    }
}

/// Who is told when submissions behind causes are done.
#[derive(Clone, Debug, Default)]
pub(in crate::closing) struct Hearing {
    /// Everybody who has something to do with them and still works here.
    pub(in crate::closing) people: HashMap<PersonId, Hearer>,
    /// Who is told.
    pub(in crate::closing) told: HashSet<PersonId>,
    /// Who of those sent some of it themselves, neither for the CX team only nor hidden.
    pub(in crate::closing) openly: HashSet<PersonId>,
    /// Followers of what is for the CX team only, or hidden: told if they may read it.
    pub(in crate::closing) ask: Vec<(SubmissionId, PersonId)>,
}

/// Who is told when these submissions behind `causes` are done: everybody once. `decider` is told of
/// own ones alone. Three statements.
pub(in crate::closing) async fn hearers<C: ConnectionTrait>(
    conn: &C,
    causes: &[CauseId],
    (moving, decider): (&HashSet<SubmissionId>, Option<PersonId>),
) -> Result<Hearing> {
    let members = members(conn, causes).await?;
    let by_id: HashMap<SubmissionId, &Member> = members.iter().map(|it| (it.id, it)).collect();
    let root_of = |member: &Member| member.canonical_id.unwrap_or(member.id);
    let recused = |member: &Member, person: PersonId| {
        let concerned =
            |it: &Member| it.concerned_id == Some(person) && it.author_id != Some(person);
        concerned(member) || by_id.get(&root_of(member)).is_some_and(|root| concerned(root))
    };
    let mut told: HashSet<PersonId> = HashSet::new();
    let (mut ask, mut openly) = (Vec::new(), HashSet::new());
    for member in members.iter().filter(|it| moving.contains(&root_of(it))) {
        let author = member.author_id.filter(|author| !recused(member, *author));
        told.extend(author);
        openly.extend(author.filter(|_| !member.is_closed()));
    }
    for (submission, person) in follows(conn, causes).await? {
        let Some(member) = by_id.get(&submission) else { continue };
        let theirs = |it: &Member| it.author_id == Some(person);
        let out = !moving.contains(&root_of(member))
            || recused(member, person)
            || decider == Some(person)
            || theirs(member)
            || by_id.get(&root_of(member)).is_some_and(|root| theirs(root));
        if out {
            continue;
        }
        if member.is_closed() {
            ask.push((submission, person));
        } else {
            told.insert(person);
        }
    }
    let people = people(conn, causes).await?;
    let here = people.into_iter().filter(|it| it.deactivated_at.is_none());
    let people: HashMap<PersonId, Hearer> = here.map(|it| (it.id, it)).collect();
    told.retain(|person| people.contains_key(person));
    ask.retain(|(_, person)| people.contains_key(person) && !told.contains(person));
    Ok(Hearing { people, told, openly, ask })
}

fn group(causes: &[CauseId]) -> SelectStatement {
    Query::select()
        .column(submission::Column::Id)
        .from(submission::Entity)
        .cond_where(in_group(causes))
        .to_owned()
}

fn in_group(causes: &[CauseId]) -> Condition {
    let roots = Roots::Behind(causes);
    Condition::any()
        .add(Expr::col((submission::Entity, submission::Column::Id)).in_subquery(roots.ids()))
        .add(
            Expr::col((submission::Entity, submission::Column::CanonicalId))
                .in_subquery(roots.ids()),
        )
}

async fn members<C: ConnectionTrait>(conn: &C, causes: &[CauseId]) -> Result<Vec<Member>> {
    use submission::Column;
    Ok(submission::Entity::find()
        .filter(in_group(causes))
        .select_only()
        .columns([
            Column::Id,
            Column::CanonicalId,
            Column::AuthorId,
            Column::ConcernedId,
            Column::Audience,
            Column::HiddenAt,
        ])
        .into_model()
        .all(conn)
        .await?)
}

async fn follows<C: ConnectionTrait>(
    conn: &C,
    causes: &[CauseId],
) -> Result<Vec<(SubmissionId, PersonId)>> {
    Ok(follow::Entity::find()
        .filter(follow::Column::SubmissionId.in_subquery(group(causes)))
        .select_only()
        .columns([follow::Column::SubmissionId, follow::Column::PersonId])
        .into_tuple()
        .all(conn)
        .await?)
}

async fn people<C: ConnectionTrait>(conn: &C, causes: &[CauseId]) -> Result<Vec<Hearer>> {
    use person::Column;
    let authors = Query::select()
        .column(submission::Column::AuthorId)
        .from(submission::Entity)
        .cond_where(in_group(causes))
        .and_where(Expr::col(submission::Column::AuthorId).is_not_null())
        .to_owned();
    let followers = Query::select()
        .column(follow::Column::PersonId)
        .from(follow::Entity)
        .and_where(Expr::col(follow::Column::SubmissionId).in_subquery(group(causes)))
        .to_owned();
    Ok(person::Entity::find()
        .filter(
            Condition::any()
                .add(Column::Id.in_subquery(authors))
                .add(Column::Id.in_subquery(followers)),
        )
        .select_only()
        .columns([
            Column::Id,
            Column::Email,
            Column::BouncedAt,
            Column::DeactivatedAt,
            Column::Locale,
        ])
        .into_model()
        .all(conn)
        .await?)
}
