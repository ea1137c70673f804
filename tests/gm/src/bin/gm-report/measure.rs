//! Rounds in which every competitor runs for a moment, one after the other, so that whatever else the machine does falls on
//! all alike. Comes in: competitors. Goes out: for each the median rate over the rounds and how far the rates spread.

use anyhow::Result;
use gm_peers::clock::thread_ns;
use gm_peers::peers::pipe::Pipe;
use std::cell::RefCell;
use std::rc::Rc;

/// What is measured: an operation of an implementation.
pub struct Competitor {
    /// Whose.
    pub library: String,
    /// Name of the figure; its end says the unit.
    pub figure: String,
    /// Units (signatures, nodes, millions of bytes) in one run.
    pub units: f64,
    pub runner: Runner,
}

/// How it runs so many times.
pub enum Runner {
    Here(Box<dyn FnMut(u64)>),
    /// In a program that measures itself; what it is asked for.
    There(Rc<RefCell<Pipe>>, &'static str),
}

/// A figure: units per second of CPU time.
#[derive(Debug, Clone)]
pub struct Figure {
    pub library: String,
    pub figure: String,
    pub per_second: f64,
    /// Half the distance between the quartiles, in percent of the median.
    pub spread_percent: f64,
}

impl Competitor {
    pub fn here(
        library: &str,
        figure: &str,
        units: f64,
        mut once: impl FnMut(u64) + 'static,
    ) -> Self {
        let repeat = move |count| (0..count).for_each(&mut once);
        Self {
            library: library.to_owned(),
            figure: figure.to_owned(),
            units,
            runner: Runner::Here(Box::new(repeat)),
        }
    }

    /// CPU time of `count` runs.
    fn time(&mut self, count: u64) -> Result<Option<u64>> {
        match &mut self.runner {
            Runner::Here(repeat) => {
                let begun = thread_ns();
                repeat(count);
                Ok(Some(thread_ns() - begun))
            }
            Runner::There(pipe, what) => pipe.borrow_mut().bench(what, count),
        }
    }

    /// Runs that take about `round_ms`; None when it cannot run.
    fn calibrate(&mut self, round_ms: u64) -> Result<Option<u64>> {
        let mut count = 1;
        loop {
            let Some(ns) = self.time(count)? else { return Ok(None) };
            if ns * 4 >= round_ms * 1_000_000 || count > 1 << 40 {
                let wanted = count as f64 * round_ms as f64 * 1e6 / ns.max(1) as f64;
                return Ok(Some((wanted as u64).max(1)));
            }
            count *= 2;
        }
    }
}

/// Figures of all competitors that can run.
pub fn figures(competitors: Vec<Competitor>, rounds: usize, round_ms: u64) -> Result<Vec<Figure>> {
    let mut running = Vec::new();
    for mut competitor in competitors {
        if let Some(count) = competitor.calibrate(round_ms)? {
            running.push((competitor, count, Vec::with_capacity(rounds)));
        }
    }
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        for (competitor, count, rates) in &mut running {
            // Its tables and its code come back into the caches first.
            competitor.time(*count / 8 + 1)?;
            if let Some(ns) = competitor.time(*count)? {
                rates.push(*count as f64 * competitor.units * 1e9 / ns.max(1) as f64);
            }
        }
    }
    Ok(running.into_iter().map(|(competitor, _, rates)| figure(competitor, rates)).collect())
}

fn figure(competitor: Competitor, mut rates: Vec<f64>) -> Figure {
    rates.sort_by(f64::total_cmp);
    let at = |quarter: usize| rates[(rates.len() - 1) * quarter / 4];
    Figure {
        library: competitor.library,
        figure: competitor.figure,
        per_second: at(2),
        spread_percent: 50.0 * (at(3) - at(1)) / at(2),
    }
}
