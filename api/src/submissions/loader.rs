//! Batches by id for graph edges: one statement for a whole page, whatever its length.
#![allow(clippy::disallowed_methods)] // a loader.rs

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::{CommentId, PersonId, SubmissionId, TextId, UnitId};
use entity::identity::{person, unit};
use entity::submissions::{mention, submission, tag, twin_span, wording};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect as _};

use crate::identity::query as identity;
use crate::kit::error::Error;
use crate::kit::scope::Scope;
use crate::submissions::joining::query as groups;
use crate::submissions::query::visible_to;

/// Batches of this feature.
pub struct Submissions(Scope);

/// The unit whose ancestors are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineageOf(pub UnitId);

/// The submission whose tags are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TagsOf(pub SubmissionId);

/// The submission whose former words are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RevisionsOf(pub SubmissionId);

/// The comment whose mentions are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MentionedIn(pub CommentId);

/// The submission whose reference is wanted: a reference tells nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReferenceOf(pub SubmissionId);

/// The canonical one of a twin: for what is mirrored on the twin, never for its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RootOf(pub SubmissionId);

/// A submission by an edge, for those who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Readable(pub SubmissionId);

/// The canonical one whose announced twins are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TwinsOf(pub SubmissionId);

/// The twin of which it is wanted when it counted with which canonical one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpansOf(pub SubmissionId);

impl Loader<SpansOf> for Submissions {
    type Value = Vec<twin_span::Model>;
    type Error = Error;

    async fn load(&self, of: &[SpansOf]) -> Result<HashMap<SpansOf, Self::Value>, Error> {
        let twins: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let spans = groups::spans_of(&self.0.db(), &self.0.actor, &twins).await?;
        let mut found: HashMap<SpansOf, Self::Value> = HashMap::new();
        for span in spans {
            found.entry(SpansOf(span.submission_id)).or_default().push(span);
        }
        Ok(found)
    }
}

impl Loader<RootOf> for Submissions {
    type Value = submission::Model;
    type Error = Error;

    async fn load(&self, of: &[RootOf]) -> Result<HashMap<RootOf, Self::Value>, Error> {
        let rows = submission::Entity::find()
            .filter(submission::Column::Id.is_in(of.iter().map(|it| it.0)))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (RootOf(row.id), row)).collect())
    }
}

impl Loader<Readable> for Submissions {
    type Value = submission::Model;
    type Error = Error;

    async fn load(&self, of: &[Readable]) -> Result<HashMap<Readable, Self::Value>, Error> {
        let rows = visible_to(&self.0.actor)
            .filter(submission::Column::Id.is_in(of.iter().map(|it| it.0)))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (Readable(row.id), row)).collect())
    }
}

impl Loader<TwinsOf> for Submissions {
    type Value = i64;
    type Error = Error;

    async fn load(&self, of: &[TwinsOf]) -> Result<HashMap<TwinsOf, i64>, Error> {
        let rows: Vec<(SubmissionId, i64)> = submission::Entity::find()
            .select_only()
            .column(submission::Column::CanonicalId)
            .column_as(submission::Column::Id.count(), "twins")
            .filter(submission::Column::CanonicalId.is_in(of.iter().map(|it| it.0)))
            .group_by(submission::Column::CanonicalId)
            .into_tuple()
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|(root, twins)| (TwinsOf(root), twins)).collect())
    }
}

impl Loader<TextId> for Submissions {
    type Value = wording::Model;
    type Error = Error;

    async fn load(&self, ids: &[TextId]) -> Result<HashMap<TextId, wording::Model>, Error> {
        let rows = wording::Entity::find()
            .filter(wording::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<RevisionsOf> for Submissions {
    type Value = Vec<wording::Model>;
    type Error = Error;

    async fn load(&self, of: &[RevisionsOf]) -> Result<HashMap<RevisionsOf, Self::Value>, Error> {
        let rows = wording::Entity::find()
            .filter(wording::Column::SubmissionId.is_in(of.iter().map(|it| it.0)))
            .order_by_asc(wording::Column::Revision)
            .all(&self.0.db())
            .await?;
        let mut found: HashMap<RevisionsOf, Self::Value> = HashMap::new();
        for row in rows {
            found.entry(RevisionsOf(row.submission_id)).or_default().push(row);
        }
        Ok(found)
    }
}

impl Loader<TagsOf> for Submissions {
    type Value = Vec<String>;
    type Error = Error;

    async fn load(&self, of: &[TagsOf]) -> Result<HashMap<TagsOf, Self::Value>, Error> {
        let rows = tag::Entity::find()
            .filter(tag::Column::SubmissionId.is_in(of.iter().map(|it| it.0)))
            .order_by_asc(tag::Column::Tag)
            .all(&self.0.db())
            .await?;
        let mut found: HashMap<TagsOf, Self::Value> = HashMap::new();
        for row in rows {
            found.entry(TagsOf(row.submission_id)).or_default().push(row.tag);
        }
        Ok(found)
    }
}

impl Loader<MentionedIn> for Submissions {
    type Value = Vec<person::Model>;
    type Error = Error;

    async fn load(&self, of: &[MentionedIn]) -> Result<HashMap<MentionedIn, Self::Value>, Error> {
        let db = self.0.db();
        let rows = mention::Entity::find()
            .filter(mention::Column::CommentId.is_in(of.iter().map(|it| it.0)))
            .order_by_asc(mention::Column::PersonId)
            .all(&db)
            .await?;
        if rows.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<PersonId> = rows.iter().map(|row| row.person_id).collect();
        let people = identity::people_by_ids(&db, &ids).await?;
        let people: HashMap<PersonId, _> = people.into_iter().map(|it| (it.id, it)).collect();
        let mut found: HashMap<MentionedIn, Self::Value> = HashMap::new();
        for row in rows {
            let person = people.get(&row.person_id).cloned();
            found.entry(MentionedIn(row.comment_id)).or_default().extend(person);
        }
        Ok(found)
    }
}

impl Loader<ReferenceOf> for Submissions {
    type Value = String;
    type Error = Error;

    async fn load(&self, of: &[ReferenceOf]) -> Result<HashMap<ReferenceOf, String>, Error> {
        let rows: Vec<(SubmissionId, String)> = submission::Entity::find()
            .select_only()
            .columns([submission::Column::Id, submission::Column::Reference])
            .filter(submission::Column::Id.is_in(of.iter().map(|it| it.0)))
            .into_tuple()
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|(id, reference)| (ReferenceOf(id), reference)).collect())
    }
}

impl Loader<LineageOf> for Submissions {
    type Value = Vec<UnitId>;
    type Error = Error;

    async fn load(&self, of: &[LineageOf]) -> Result<HashMap<LineageOf, Vec<UnitId>>, Error> {
        let units: Vec<UnitId> = of.iter().map(|it| it.0).collect();
        let lineages = identity::lineages(&self.0.db(), &units).await?;
        Ok(lineages.into_iter().map(|(unit, lineage)| (LineageOf(unit), lineage)).collect())
    }
}

impl Loader<UnitId> for Submissions {
    type Value = unit::Model;
    type Error = Error;

    async fn load(&self, ids: &[UnitId]) -> Result<HashMap<UnitId, unit::Model>, Error> {
        let rows = unit::Entity::find()
            .filter(unit::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<PersonId> for Submissions {
    type Value = person::Model;
    type Error = Error;

    async fn load(&self, ids: &[PersonId]) -> Result<HashMap<PersonId, person::Model>, Error> {
        let rows = person::Entity::find()
            .filter(person::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Submissions(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}
