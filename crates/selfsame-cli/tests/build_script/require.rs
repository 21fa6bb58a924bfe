//! Which half of the matrix runs, and what it needs of the machine.

pub(crate) use selfsame_testing::requirements::require;
use selfsame_testing::requirements::{all, skip};

/// Whether the half of the matrix runs that takes its time.
pub(crate) fn whole_matrix() -> bool {
    all() || skip("it belongs to the whole matrix: SELFSAME_REQUIRE_ALL=1 runs it")
}
