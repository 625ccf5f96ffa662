//! The verbs of the desk.

pub mod absences;
pub mod closing;
pub mod leaving;
pub mod load;
pub mod rotas;
