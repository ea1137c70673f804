//! Structured logs on standard error: fields, never keys or personal data.

use tracing_subscriber::EnvFilter;

/// Starts logging. `YINGLIAN_LOG` chooses levels (default: `log.level`, the engine at warn); `YINGLIAN_LOG_FORMAT=json` gives one JSON object a line.
pub fn start(level: &str) {
    let filter = EnvFilter::try_from_env("YINGLIAN_LOG")
        .unwrap_or_else(|_| EnvFilter::new(format!("warn,yinglian={level}")));
    let json = std::env::var("YINGLIAN_LOG_FORMAT").is_ok_and(|format| format == "json");
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    if json {
        builder.json().init();
    } else {
        builder.init();
    }
}
