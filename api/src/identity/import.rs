//! Importing units and people from CSV files (`earshot import`).
//!
//! Idempotent by external code: a unit by its code, a person by staff code, else by mail address.
//! A file comes in as one transaction. What is wrong with the file as a whole refuses it whole;
//! what is wrong with a row leaves that row out and is reported. Nothing is ever deleted, and a
//! blank cell leaves what is there.

use std::collections::{HashMap, HashSet};

use entity::id::{PersonId, UnitId};
use entity::identity::values::UnitKind;
use entity::identity::{person, unit};
use entity::instant::Day;

use super::fields::{self, Email};
use super::query;
use super::service::{people, units};
use crate::kit::error::{Code, Error, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::kit::table::{self, Column, Row, RowError};

/// Language of people whose row names none.
const DEFAULT_LOCALE: &str = "en";

/// Columns of a file of units.
const UNIT_COLUMNS: [Column; 7] = [
    Column::required("code").also(&["unit_code", "id"]).key(),
    Column::required("name").also(&["unit_name"]),
    Column::required("kind").also(&["type"]),
    Column::optional("parent").also(&["parent_code"]).id(),
    Column::optional("zone").also(&["time_zone"]),
    Column::optional("active_from"),
    Column::optional("active_to"),
];

/// Columns of a file of people.
const PEOPLE_COLUMNS: [Column; 5] = [
    Column::required("name").also(&["full_name"]),
    Column::required("unit").also(&["unit_code", "home_unit"]).id(),
    Column::optional("staff_code").also(&["staff_number", "employee_id"]).key(),
    Column::optional("email").also(&["mail", "e_mail"]).key(),
    Column::optional("locale").also(&["language"]),
];

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Units: code, name, kind, parent; optional zone, active_from, active_to.
    Units,
    /// People: name, unit, staff_code or email; optional locale.
    People,
}

/// Whether anything is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Check and count, change nothing.
    Dry,
    /// Do it.
    Real,
}

/// One import.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// What the file holds.
    pub what: What,
    /// The file.
    pub bytes: &'a [u8],
    /// Whether anything is changed.
    pub run: Run,
}

/// What became of the rows.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// New ones.
    pub created: usize,
    /// Known ones that are different now.
    pub changed: usize,
    /// Known ones that were the same already.
    pub unchanged: usize,
    /// Rows that were left out, and why.
    pub refused: Vec<RowError>,
    /// The same as a CSV file for a spreadsheet.
    pub error_file: Vec<u8>,
}

/// What one row came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Created,
    Changed,
    Unchanged,
}

impl Report {
    fn count(&mut self, outcome: Result<Outcome, RowError>) {
        match outcome {
            Ok(Outcome::Created) => self.created += 1,
            Ok(Outcome::Changed) => self.changed += 1,
            Ok(Outcome::Unchanged) => self.unchanged += 1,
            Err(error) => self.refused.push(error),
        }
    }
}

/// Tells how far an import has come: rows done, rows in all.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Imports a file.
///
/// # Errors
/// INVALID at `file` when the file cannot be read as a whole, naming line, reason and cure; a
/// fault. Then nothing was changed.
pub async fn import(scope: &Scope, order: &Order<'_>, progress: Progress<'_>) -> Result<Report> {
    let mut tx = scope.begin().await?;
    let mut report = match order.what {
        What::Units => import_units(&mut tx, scope, order.bytes, progress).await?,
        What::People => import_people(&mut tx, scope, order.bytes, progress).await?,
    };
    report.refused.sort_by_key(|error| error.line);
    report.error_file = table::error_file(&report.refused);
    match order.run {
        // The transaction is dropped: nothing happened.
        Run::Dry => Ok(report),
        Run::Real => tx.commit(report).await,
    }
}

fn read(bytes: &[u8], columns: &[Column]) -> Result<table::Table> {
    table::read(bytes, columns)
        .map_err(|refusal| Refusal::new(Code::Invalid, "file", refusal.to_string()).into())
}

/// A refusal of a value as an error of its row; a fault stays one.
fn at_row(row: Row<'_>, column: &'static str, error: Error) -> Result<RowError> {
    match error {
        Error::Refusal(refusal) => {
            let (reason, cure) =
                refusal.message.split_once(". ").unwrap_or((&refusal.message, "Correct it."));
            let reason = format!("{}.", reason.trim_end_matches('.'));
            Ok(row.fault(column, reason, cure))
        }
        Error::Fault(fault) => Err(fault.into()),
    }
}

/// The value of a cell, or the error of its row.
fn cell<T>(row: Row<'_>, column: &'static str, value: Result<T>) -> Result<T, RowError> {
    value.map_err(|error| match at_row(row, column, error) {
        Ok(error) => error,
        Err(error) => row.fault(column, error.to_string(), "Try again."),
    })
}

fn some_cell<T>(
    row: Row<'_>,
    column: &'static str,
    parse: impl FnOnce(&str) -> Result<T>,
) -> Result<Option<T>, RowError> {
    row.get(column).map(|text| cell(row, column, parse(text))).transpose()
}

/// A row of a file of units.
struct UnitRow<'t> {
    row: Row<'t>,
    code: String,
    name: String,
    kind: UnitKind,
    parent: Option<String>,
    zone: Option<String>,
    active_from: Option<Day>,
    active_to: Option<Day>,
}

fn unit_row(row: Row<'_>) -> Result<UnitRow<'_>, RowError> {
    Ok(UnitRow {
        row,
        code: cell(row, "code", fields::code(row.need("code")?, "code"))?,
        name: cell(row, "name", fields::name(row.need("name")?, "name"))?,
        kind: kind(row)?,
        parent: some_cell(row, "parent", |text| fields::code(text, "parent"))?,
        zone: some_cell(row, "zone", |text| fields::zone(text, "zone"))?,
        active_from: day(row, "active_from")?,
        active_to: day(row, "active_to")?,
    })
}

fn kind(row: Row<'_>) -> Result<UnitKind, RowError> {
    row.need("kind")?.to_uppercase().parse().map_err(|_| {
        let all: Vec<&str> = UnitKind::ALL.iter().map(|kind| kind.as_str()).collect();
        row.fault("kind", "This is no sort of unit.", format!("Write one of {}.", all.join(", ")))
    })
}

fn day(row: Row<'_>, column: &'static str) -> Result<Option<Day>, RowError> {
    let parse = |text: &str| {
        text.parse().map_err(|_| {
            row.fault(column, "This is no day.", "Write it as YYYY-MM-DD, for instance 2026-02-28.")
        })
    };
    row.get(column).map(parse).transpose()
}

/// The units known so far: those of the database, and those of the file that came in.
struct Tree {
    by_code: HashMap<String, unit::Model>,
    root: Option<UnitId>,
}

async fn import_units(
    tx: &mut Tx,
    scope: &Scope,
    bytes: &[u8],
    progress: Progress<'_>,
) -> Result<Report> {
    let table = read(bytes, &UNIT_COLUMNS)?;
    let mut report = Report::default();
    let mut waiting = Vec::new();
    for row in table.rows() {
        match unit_row(row) {
            Ok(row) => waiting.push(row),
            Err(error) => report.refused.push(error),
        }
    }
    let known = query::all_units(tx).await?;
    let by_code = known.into_iter().filter_map(|unit| Some((unit.code.clone()?, unit))).collect();
    let mut tree = Tree { by_code, root: query::root(tx).await?.map(|root| root.id) };
    // Parents first, in as many rounds as the tree is deep.
    loop {
        let in_file: HashSet<&str> = waiting.iter().map(|row| row.code.as_str()).collect();
        let ready = |row: &UnitRow<'_>| match &row.parent {
            None => true,
            Some(parent) => {
                tree.by_code.contains_key(parent) && (!in_file.contains(parent.as_str()))
            }
        };
        let (now, later): (Vec<_>, Vec<_>) = {
            let flags: Vec<bool> = waiting.iter().map(ready).collect();
            waiting.into_iter().zip(flags).partition(|(_, ready)| *ready)
        };
        waiting = later.into_iter().map(|(row, _)| row).collect();
        if now.is_empty() {
            break;
        }
        for (row, _) in now {
            report.count(one_unit(tx, scope, &mut tree, &row).await?);
            progress(table.len() - waiting.len(), table.len());
        }
    }
    report.refused.extend(waiting.iter().map(orphan));
    progress(table.len(), table.len());
    Ok(report)
}

fn orphan(row: &UnitRow<'_>) -> RowError {
    row.row.fault(
        "parent",
        "There is no unit with the parent's code, or the parents form a circle.",
        "Add the parent to the file, or correct the code.",
    )
}

async fn one_unit(
    tx: &mut Tx,
    scope: &Scope,
    tree: &mut Tree,
    row: &UnitRow<'_>,
) -> Result<Result<Outcome, RowError>> {
    if let Err(error) = fields::in_order(row.active_from, row.active_to) {
        return Ok(Err(at_row(row.row, "active_to", error)?));
    }
    let done = match tree.by_code.get(&row.code).cloned() {
        Some(before) => change_unit(tx, scope, tree, (row, before)).await,
        None => create_unit(tx, scope, tree, row).await,
    };
    match done {
        Ok((unit, outcome)) => {
            tree.by_code.insert(row.code.clone(), unit);
            Ok(Ok(outcome))
        }
        Err(error) => Ok(Err(at_row(row.row, "parent", error)?)),
    }
}

async fn create_unit(
    tx: &mut Tx,
    scope: &Scope,
    tree: &mut Tree,
    row: &UnitRow<'_>,
) -> Result<(unit::Model, Outcome)> {
    let named = row.parent.as_ref().and_then(|code| tree.by_code.get(code)).map(|unit| unit.id);
    // The first unit without a parent is the organisation; later ones lie under it.
    let parent = named.or(tree.root);
    let new = units::NewUnit {
        parent,
        kind: row.kind,
        name: row.name.clone(),
        code: Some(row.code.clone()),
        zone: row.zone.clone(),
        active_from: row.active_from,
        active_to: row.active_to,
    };
    let made = units::insert(tx, scope, UnitId(scope.fresh_id()), new).await?;
    tree.root = tree.root.or(Some(made.id));
    Ok((made, Outcome::Created))
}

async fn change_unit(
    tx: &mut Tx,
    scope: &Scope,
    tree: &Tree,
    (row, before): (&UnitRow<'_>, unit::Model),
) -> Result<(unit::Model, Outcome)> {
    let parent = row.parent.as_ref().and_then(|code| tree.by_code.get(code)).map(|unit| unit.id);
    let patch = units::Patch {
        expected_version: None,
        name: Some(row.name.clone()).filter(|name| *name != before.name),
        kind: Some(row.kind).filter(|kind| *kind != before.kind),
        parent: parent.filter(|parent| Some(*parent) != before.parent_id),
        code: None,
        zone: row.zone.clone().filter(|zone| before.zone.as_ref() != Some(zone)).map(Some),
        active_from: row.active_from.filter(|day| before.active_from != Some(*day)).map(Some),
        active_to: row.active_to.filter(|day| before.active_to != Some(*day)).map(Some),
    };
    if patch.is_empty() {
        return Ok((before, Outcome::Unchanged));
    }
    let after = units::update_within(tx, scope, before.id, patch).await?;
    Ok((after, Outcome::Changed))
}

/// A row of a file of people.
struct PersonRow<'t> {
    row: Row<'t>,
    name: String,
    home: UnitId,
    staff_code: Option<String>,
    email: Option<Email>,
    locale: Option<String>,
}

fn person_row<'t>(
    row: Row<'t>,
    units: &HashMap<String, UnitId>,
) -> Result<PersonRow<'t>, RowError> {
    let code = cell(row, "unit", fields::code(row.need("unit")?, "unit"))?;
    let home = *units.get(&code).ok_or_else(|| {
        row.fault("unit", "There is no unit with this code.", "Import the units first.")
    })?;
    let staff_code = some_cell(row, "staff_code", |text| fields::code(text, "staff_code"))?;
    let email = some_cell(row, "email", |text| fields::email(text, "email"))?;
    if staff_code.is_none() && email.is_none() {
        return Err(row.fault(
            "staff_code",
            "There is neither a staff code nor a mail address.",
            "Give one of them: it names the person, and is needed to sign in.",
        ));
    }
    Ok(PersonRow {
        row,
        name: cell(row, "name", fields::name(row.need("name")?, "name"))?,
        home,
        staff_code,
        email,
        locale: some_cell(row, "locale", |text| fields::locale(text, "locale"))?,
    })
}

/// The people known so far.
#[derive(Default)]
struct Staff {
    by_id: HashMap<PersonId, person::Model>,
    by_code: HashMap<String, PersonId>,
    by_email: HashMap<String, PersonId>,
}

impl Staff {
    fn put(&mut self, person: person::Model) {
        if let Some(code) = &person.staff_code {
            self.by_code.insert(code.clone(), person.id);
        }
        if let Some(key) = &person.email_key {
            self.by_email.insert(key.clone(), person.id);
        }
        self.by_id.insert(person.id, person);
    }

    /// Whom a row means: the staff code decides, else the mail address.
    fn meant(&self, row: &PersonRow<'_>) -> Option<&person::Model> {
        let by_code = row.staff_code.as_ref().and_then(|code| self.by_code.get(code));
        let by_email = || row.email.as_ref().and_then(|email| self.by_email.get(&email.key));
        let free = |id: &&PersonId| {
            // A mail address does not take over somebody with another staff code.
            row.staff_code.is_none()
                || self.by_id.get(id).is_some_and(|known| known.staff_code.is_none())
        };
        by_code.or_else(|| by_email().filter(free)).and_then(|id| self.by_id.get(id))
    }
}

async fn import_people(
    tx: &mut Tx,
    scope: &Scope,
    bytes: &[u8],
    progress: Progress<'_>,
) -> Result<Report> {
    let table = read(bytes, &PEOPLE_COLUMNS)?;
    let units = query::all_units(tx).await?;
    let units = units.into_iter().filter_map(|unit| Some((unit.code?, unit.id))).collect();
    let mut staff = Staff::default();
    for person in query::all_people(tx).await? {
        staff.put(person);
    }
    let mut report = Report::default();
    for (index, row) in table.rows().enumerate() {
        let outcome = match person_row(row, &units) {
            Ok(row) => one_person(tx, scope, &mut staff, &row).await?,
            Err(error) => Err(error),
        };
        report.count(outcome);
        progress(index + 1, table.len());
    }
    Ok(report)
}

async fn one_person(
    tx: &mut Tx,
    scope: &Scope,
    staff: &mut Staff,
    row: &PersonRow<'_>,
) -> Result<Result<Outcome, RowError>> {
    let done = match staff.meant(row).cloned() {
        Some(before) => change_person(tx, scope, row, before).await,
        None => create_person(tx, scope, row).await,
    };
    match done {
        Ok((person, outcome)) => {
            staff.put(person);
            Ok(Ok(outcome))
        }
        Err(error) => {
            let column = if row.email.is_some() { "email" } else { "staff_code" };
            Ok(Err(at_row(row.row, column, error)?))
        }
    }
}

async fn create_person(
    tx: &mut Tx,
    scope: &Scope,
    row: &PersonRow<'_>,
) -> Result<(person::Model, Outcome)> {
    let new = people::NewPerson {
        name: row.name.clone(),
        email: row.email.clone(),
        staff_code: row.staff_code.clone(),
        home: row.home,
        locale: row.locale.clone().unwrap_or_else(|| DEFAULT_LOCALE.to_owned()),
    };
    let made = people::insert(tx, scope, PersonId(scope.fresh_id()), new).await?;
    Ok((made, Outcome::Created))
}

async fn change_person(
    tx: &mut Tx,
    scope: &Scope,
    row: &PersonRow<'_>,
    before: person::Model,
) -> Result<(person::Model, Outcome)> {
    let other_mail = |email: &Email| before.email.as_deref() != Some(email.address.as_str());
    let other_code = |code: &String| before.staff_code.as_ref() != Some(code);
    let patch = people::Patch {
        expected_version: None,
        name: Some(row.name.clone()).filter(|name| *name != before.name),
        email: row.email.clone().filter(other_mail).map(Some),
        staff_code: row.staff_code.clone().filter(other_code).map(Some),
        home: Some(row.home).filter(|home| *home != before.home_unit_id),
        locale: row.locale.clone().filter(|locale| *locale != before.locale),
        vote_follows: None,
    };
    if patch.is_empty() {
        return Ok((before, Outcome::Unchanged));
    }
    let after = people::update_within(tx, scope, before.id, patch).await?;
    Ok((after, Outcome::Changed))
}
