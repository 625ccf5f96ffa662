//! The change checklist: what a change needs beside the work itself, as items to begin with.

use entity::id::{ActionItemId, PlanId, UnitId};
use entity::implementation::item;
use entity::implementation::values::{ChangeStage, ItemStatus};
use serde::Serialize;

use super::items::{plan_to_fill, room_for};
use crate::implementation::ground::Subject;
use crate::implementation::query;
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::scope::Scope;

/// One item of the change checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// To which part it belongs.
    pub stage: ChangeStage,
    /// What is to be done, in words for everybody.
    pub title: &'static str,
}

const ENGLISH: [Proposed; 10] = [
    Proposed {
        stage: ChangeStage::Stakeholders,
        title: "List who will notice the change, and who has to carry it",
    },
    Proposed { stage: ChangeStage::Stakeholders, title: "Talk with each of them before it starts" },
    Proposed { stage: ChangeStage::Evaluate, title: "Look at how it works today, on the spot" },
    Proposed {
        stage: ChangeStage::Evaluate,
        title: "Write down one figure that shows how things stand",
    },
    Proposed {
        stage: ChangeStage::Envision,
        title: "Say in one sentence how it will be when it works",
    },
    Proposed {
        stage: ChangeStage::Envision,
        title: "Ask those who do the work whether they want that",
    },
    Proposed { stage: ChangeStage::Analyse, title: "Find what stands in the way" },
    Proposed { stage: ChangeStage::Analyse, title: "Think of what could go wrong, and for whom" },
    Proposed { stage: ChangeStage::Plan, title: "Decide who does what until when" },
    Proposed { stage: ChangeStage::Plan, title: "Decide how you will know that it worked" },
];

const SPANISH: [Proposed; 10] = [
    Proposed {
        stage: ChangeStage::Stakeholders,
        title: "Haz una lista de quién notará el cambio y quién tiene que llevarlo a cabo",
    },
    Proposed {
        stage: ChangeStage::Stakeholders,
        title: "Habla con cada una de esas personas antes de empezar",
    },
    Proposed { stage: ChangeStage::Evaluate, title: "Mira en el lugar cómo funciona hoy" },
    Proposed {
        stage: ChangeStage::Evaluate,
        title: "Apunta una cifra que muestre cómo están las cosas",
    },
    Proposed { stage: ChangeStage::Envision, title: "Di en una frase cómo será cuando funcione" },
    Proposed {
        stage: ChangeStage::Envision,
        title: "Pregunta a quienes hacen el trabajo si quieren eso",
    },
    Proposed { stage: ChangeStage::Analyse, title: "Busca qué lo impide" },
    Proposed { stage: ChangeStage::Analyse, title: "Piensa qué podría salir mal, y para quién" },
    Proposed { stage: ChangeStage::Plan, title: "Decide quién hace qué y para cuándo" },
    Proposed { stage: ChangeStage::Plan, title: "Decide cómo sabrás que ha funcionado" },
];

/// The change checklist in the language nearest to the wish; English else.
#[must_use]
pub fn change_checklist(locale: &str) -> &'static [Proposed] {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    if language.eq_ignore_ascii_case("es") { &SPANISH } else { &ENGLISH }
}

#[derive(Serialize)]
struct FilledData {
    plan: PlanId,
    items: Vec<ActionItemId>,
}

/// Puts the change checklist into a plan, in the language of the asker, once: all parts, or those
/// named. Returns what it is about, and its unit.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, INVALID, TOO_LATE; TAKEN when it was put in before.
pub async fn fill(
    scope: &Scope,
    (subject, stages): (Subject, Option<Vec<ChangeStage>>),
) -> Result<(Subject, Option<UnitId>)> {
    let mut tx = scope.begin().await?;
    let held = plan_to_fill(&tx, scope, subject).await?;
    if held.plan.filled_at.is_some() {
        return Err(Refusal::new(
            Code::Taken,
            "",
            "The change checklist is in this plan already. Change or drop its items instead.",
        )
        .into());
    }
    let wanted = |it: &&Proposed| stages.as_ref().is_none_or(|some| some.contains(&it.stage));
    let proposed: Vec<&Proposed> =
        change_checklist(&scope.actor.locale).iter().filter(wanted).collect();
    room_for(&held, proposed.len())?;
    let first = held.last_place() + 1;
    let row = |(position, it): (i32, &Proposed)| item::Model {
        id: ActionItemId(scope.fresh_id()),
        plan_id: held.plan.id,
        position,
        title: it.title.to_owned(),
        stage: Some(it.stage),
        assignee_id: None,
        function_id: None,
        due_on: None,
        status: ItemStatus::Open,
        remind_at: None,
        done_at: None,
        created_by: scope.actor.person(),
        created_at: scope.now,
        updated_at: scope.now,
        version: 1,
    };
    let rows: Vec<item::Model> = (first..).zip(proposed).map(row).collect();
    let items = rows.iter().map(|it| it.id).collect();
    query::insert_items(&tx, rows).await?;
    query::note_filled(&tx, held.plan.id, scope.now).await?;
    tx.state(held.ground.fact("plan.filled", &FilledData { plan: held.plan.id, items }));
    tx.commit((subject, held.ground.unit())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_every_part_in_the_same_order() {
        let stages =
            |locale| change_checklist(locale).iter().map(|it| it.stage).collect::<Vec<_>>();
        assert_eq!(stages("en-GB"), stages("es-MX"));
        for stage in ChangeStage::ALL {
            assert!(stages("de").contains(&stage), "{stage}");
        }
        for it in ENGLISH.iter().chain(&SPANISH) {
            assert!(it.title.chars().count() <= 200, "{}", it.title);
        }
    }
}
