//! Drives the table: every row with the real cargo, git and command.

use std::collections::VecDeque;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::page;
use super::row::Row;
use super::rows;
use super::run::{Lane, Outcome};
use super::workspace::Shape;
use crate::require::whole_matrix;

#[test]
fn every_edit_is_answered_by_what_it_changes() {
    if !whole_matrix() {
        return;
    }
    let mut rows: VecDeque<(usize, Row)> = rows::all().into_iter().enumerate().collect();
    rows.retain(|(_, row)| {
        page::only().is_none_or(|only| only.split('|').any(|text| row.name.contains(text)))
    });
    let waiting = Mutex::new(rows);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for shape in [Shape::Virtual, Shape::Root] {
                    drive(shape, &waiting, &done);
                }
            });
        }
    });
    let mut outcomes: Vec<Outcome> = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|outcome| outcome.place);
    let faults: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| {
            outcome.faults.iter().map(move |fault| format!("{}: {fault}", outcome.name))
        })
        .collect();
    if page::only().is_none() {
        page::compare(&outcomes);
    } else {
        let _ = write!(std::io::stderr(), "{}", page::render(&outcomes));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Takes rows of this shape until none is left.
fn drive(shape: Shape, waiting: &Mutex<VecDeque<(usize, Row)>>, done: &Mutex<Vec<Outcome>>) {
    let mut lane = None;
    loop {
        let next = {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let place = waiting.iter().position(|(_, row)| row.shape == shape);
            place.and_then(|place| waiting.remove(place))
        };
        let Some((place, row)) = next else { return };
        let began = Instant::now();
        let lane = lane.get_or_insert_with(|| Lane::open(shape));
        let outcome = catch_unwind(AssertUnwindSafe(|| lane.run(place, &row)))
            .unwrap_or_else(|panic| Outcome::panicked(place, &row, &*panic));
        lane.restore(&row);
        // Not the harness's, which swallows it: a run of some minutes shows where it is.
        let _ = writeln!(
            std::io::stderr(),
            "{:5.1} s  {}: {:?}",
            began.elapsed().as_secs_f32(),
            row.name,
            outcome.faults
        );
        done.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
    }
}
