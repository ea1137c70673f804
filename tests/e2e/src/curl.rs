//! HTTP without the SDK: curl, as somebody without a client of ours would ask.

use crate::cli::run;
use anyhow::Context;
use serde_json::Value;
use std::io::Write;
use std::process::Command;

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// `Retry-After`, or nothing.
    pub retry_after: String,
    /// The body as JSON, or null.
    pub json: Value,
    /// The body as it came.
    pub body: String,
}

impl Answer {
    /// Code of a problem.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }
}

/// Asks with curl. `body` is posted as it stands, with its content type.
pub fn curl(url: &str, language: &str, body: Option<(&str, &[u8])>) -> anyhow::Result<Answer> {
    // A line of its own after the body, which the answer's body cannot be mistaken for.
    let figures = "\n%{http_code} %header{retry-after}|%{content_type}";
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "90", "--noproxy", "*"]);
    command.args(["--write-out", figures, "--header"]).arg(format!("Accept-Language: {language}"));
    // Held until curl has read it.
    let mut file = tempfile::NamedTempFile::new()?;
    if let Some((content_type, bytes)) = body {
        file.write_all(bytes)?;
        command.arg("--header").arg(format!("Content-Type: {content_type}"));
        command.arg("--data-binary").arg(format!("@{}", file.path().display()));
    }
    let said = run(command.arg(url)).context("curl (package curl)")?.well()?;
    let (body, figures) = said.stdout.rsplit_once('\n').context("no figures from curl")?;
    let (figures, content_type) = figures.split_once('|').context("figures of curl")?;
    let (status, retry_after) = figures.split_once(' ').context("figures of curl")?;
    Ok(Answer {
        status: status.parse()?,
        content_type: content_type.into(),
        retry_after: retry_after.into(),
        json: serde_json::from_str(body).unwrap_or_default(),
        body: body.into(),
    })
}
