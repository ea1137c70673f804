//! Progress on a terminal; silent elsewhere.

use crate::output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line that shows how much is done.
pub struct Progress(ProgressBar);

fn bar(label: &str, total: usize, template: &str) -> Progress {
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    bar.set_draw_target(if output::draws() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    });
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_message(label.to_owned());
    Progress(bar)
}

/// `label 3/4`
pub fn counter(label: &str, total: usize) -> Progress {
    bar(label, total, "{msg} {pos}/{len}")
}

/// `label [####    ] 1,000/20,000  480/s  12 s`
pub fn rate(label: &str, total: usize) -> Progress {
    bar(label, total, "{msg} [{bar:30}] {human_pos}/{human_len}  {per_sec}  {eta}")
}

impl Progress {
    /// So many are done.
    pub fn set(&self, done: usize) {
        self.0.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    }

    /// So many more are done.
    pub fn add(&self, more: usize) {
        self.0.inc(u64::try_from(more).unwrap_or(u64::MAX));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// `label 12.3 MiB (40 MiB/s)`
pub fn bytes(label: &str) -> Progress {
    bar(label, 0, "{msg} {bytes} ({bytes_per_sec})")
}
