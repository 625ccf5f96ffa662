//! How a call answers: sentences for people, one JSON object for programs, an exit code for both.

use serde_json::{Value, json};

/// Exit codes; the help text lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It failed.
    Failed = 1,
    /// The configuration cannot be used.
    Config = 3,
    /// The database cannot be used.
    Database = 4,
    /// Refused; nothing was changed.
    Refused = 5,
}

/// Text or JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Where a call writes.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    form: Form,
}

impl Output {
    /// An output of this form.
    #[must_use]
    pub fn new(form: Form) -> Self {
        Self { form }
    }

    /// Which form.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// It worked: `text` for people, `value` for programs. Returns exit code 0.
    pub fn done(&self, text: &str, value: &Value) -> i32 {
        match self.form {
            Form::Text => write_out(text),
            Form::Json => write_out(&value.to_string()),
        }
        0
    }

    /// It did not: says why and returns the exit code.
    pub fn failed(&self, exit: Exit, why: &str) -> i32 {
        let text = match self.form {
            Form::Text => format!("earshot: {why}"),
            Form::Json => json!({"error": why, "exitCode": exit as i32}).to_string(),
        };
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "{text}");
        exit as i32
    }

    /// A line on the way, for people only.
    pub fn note(&self, text: &str) {
        if self.form == Form::Text {
            write_out(text);
        }
    }
}

fn write_out(text: &str) {
    use std::io::Write as _;
    // A closed pipe is no reason to fail.
    let _ = writeln!(std::io::stdout(), "{text}");
}
