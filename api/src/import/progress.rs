//! How an import shows that it goes on: a bar with a rate and an estimate on a terminal, a line now and then elsewhere.

use std::{
    io::IsTerminal as _,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};

use super::{
    reader::Counter,
    report::{Line, Report, Summary},
};

/// Time between two lines where there is no terminal.
const LINES: Duration = Duration::from_secs(10);

/// The progress of an import, and its report, which must not be written across it.
pub(super) struct Progress<'r> {
    report: &'r mut Report,
    counter: Arc<Counter>,
    bar: Option<ProgressBar>,
    start: Instant,
    last: Instant,
}

impl<'r> Progress<'r> {
    pub(super) fn new(report: &'r mut Report, counter: Arc<Counter>) -> Self {
        let style = "{elapsed_precise} [{bar:30}] {bytes}/{total_bytes}, {msg}, {eta} left";
        let bar = (report.shows_progress() && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar
        });
        let now = Instant::now();
        Self { report, counter, bar, start: now, last: now }
    }

    pub(super) fn write(&mut self, line: &Line<'_>) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.report.write(line)),
            None => self.report.write(line),
        }
    }

    pub(super) fn show(&mut self, summary: &Summary) {
        let (read, total) = (self.counter.read.load(Ordering::Relaxed), self.counter.total.load(Ordering::Relaxed));
        let items = summary.new + summary.updated + summary.unchanged;
        let elapsed = self.start.elapsed();
        let rate = items as f64 / elapsed.as_secs_f64().max(0.001);
        if let Some(bar) = &self.bar {
            bar.set_length(total.max(read));
            bar.set_position(read);
            bar.set_message(format!("{items} items, {rate:.0}/s"));
        } else if self.report.shows_progress() && self.last.elapsed() >= LINES {
            self.last = Instant::now();
            let left = match (read, total) {
                (1.., total) if total > read => {
                    let left = elapsed.mul_f64((total - read) as f64 / read as f64);
                    format!(", about {} left", HumanDuration(left))
                }
                _ => String::new(),
            };
            self.report.line(&format!(
                "{items} items, {rate:.0}/s, {} of {}{left}",
                HumanBytes(read),
                HumanBytes(total)
            ));
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
