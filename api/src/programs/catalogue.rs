//! The catalogue of a first start: status labels in the words of staff, and reasons for "no" and
//! "not now", in English and Spanish. The organisation edits all of it afterwards.

use entity::submissions::phase::Phase;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// One row of a catalogue with its names.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The phase that it belongs to.
    pub phase: Phase,
    /// Stable code.
    pub code: &'static str,
    /// What people read, in English.
    pub en: &'static str,
    /// What people read, in Spanish.
    pub es: &'static str,
}

const fn entry(phase: Phase, code: &'static str, en: &'static str, es: &'static str) -> Entry {
    Entry { phase, code, en, es }
}

/// One status for every phase (product.md, "To staff say").
pub const STATUSES: [Entry; 12] = [
    entry(Phase::Submitted, "SUBMITTED", "Received", "Recibido"),
    entry(Phase::UnderReview, "UNDER_REVIEW", "Being looked at", "Lo estamos mirando"),
    entry(Phase::NeedsInfo, "NEEDS_INFO", "We have a question", "Tenemos una pregunta"),
    entry(Phase::Deferred, "DEFERRED", "Not now", "Ahora no"),
    entry(Phase::Accepted, "ACCEPTED", "Yes, we want to do this", "Sí, queremos hacerlo"),
    entry(Phase::Planned, "PLANNED", "Planned", "Planificado"),
    entry(Phase::InProgress, "IN_PROGRESS", "Being worked on", "Estamos en ello"),
    entry(Phase::Implemented, "IMPLEMENTED", "Done", "Hecho"),
    entry(Phase::Sustained, "SUSTAINED", "Still working", "Sigue funcionando"),
    entry(Phase::Declined, "DECLINED", "Not going ahead", "No sigue adelante"),
    entry(Phase::Merged, "MERGED", "Joined with another", "Unido a otro"),
    entry(Phase::Withdrawn, "WITHDRAWN", "You took it back", "Lo retiraste"),
];

/// Reasons for DECLINED and for DEFERRED.
pub const REASONS: [Entry; 11] = [
    entry(Phase::Declined, "ALREADY_DONE", "It is already done", "Ya está hecho"),
    entry(
        Phase::Declined,
        "COST",
        "It would cost more than it brings",
        "Costaría más de lo que aporta",
    ),
    entry(
        Phase::Declined,
        "SAFETY_OR_RULES",
        "Safety or a rule stands against it",
        "La seguridad o una norma lo impide",
    ),
    entry(
        Phase::Declined,
        "NOT_OURS_TO_CHANGE",
        "It is not ours to change",
        "No está en nuestras manos cambiarlo",
    ),
    entry(
        Phase::Declined,
        "TRIED_BEFORE",
        "We tried it and it did not help",
        "Lo probamos y no ayudó",
    ),
    entry(
        Phase::Declined,
        "ANOTHER_WAY",
        "We solve it in another way",
        "Lo resolvemos de otra manera",
    ),
    entry(
        Phase::Declined,
        "NOT_ENOUGH_TO_GO_ON",
        "We could not find out enough",
        "No pudimos averiguar lo suficiente",
    ),
    entry(
        Phase::Deferred,
        "BUDGET",
        "There is no budget for it now",
        "Ahora no hay presupuesto para ello",
    ),
    entry(
        Phase::Deferred,
        "WAITING_FOR_PROJECT",
        "It waits for a project under way",
        "Depende de un proyecto en marcha",
    ),
    entry(
        Phase::Deferred,
        "NO_CAPACITY",
        "Nobody has the time for it now",
        "Ahora nadie tiene tiempo para ello",
    ),
    entry(
        Phase::Deferred,
        "SEASON",
        "It is the wrong time of the year",
        "No es la época del año adecuada",
    ),
];

/// The id of a row of the first catalogue. Derived from its name, so that two processes that start
/// on the same empty database lay the same rows.
#[must_use]
pub fn id_of(area: &str, code: &str) -> Uuid {
    let digest = Sha256::digest(format!("earshot catalogue {area} {code}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_has_one_status_and_codes_are_unique() {
        for phase in Phase::ALL {
            assert_eq!(STATUSES.iter().filter(|entry| entry.phase == phase).count(), 1, "{phase}");
        }
        for (index, reason) in REASONS.iter().enumerate() {
            assert!(REASONS[..index].iter().all(|other| other.code != reason.code));
            assert!(matches!(reason.phase, Phase::Declined | Phase::Deferred));
        }
        assert_ne!(id_of("status", "COST"), id_of("reason", "COST"));
        assert_eq!(id_of("reason", "COST"), id_of("reason", "COST"));
    }
}
