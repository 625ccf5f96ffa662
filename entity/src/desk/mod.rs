//! Who is there to do the work: absences, rotas, limits of load.

pub mod absence;
pub mod load_limit;
pub mod rota;
pub mod rota_place;
pub mod turns;
pub mod values;
