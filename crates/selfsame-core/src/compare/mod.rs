//! The comparison: what is expected against what was found.
//!
//! Two kinds of question are answered here, and nowhere else: what two identities say about each
//! other ([`compare`]), which is the command's, and whether one condition holds of a process
//! ([`Condition`]), which is `/__build`'s. Nothing here does I/O.

mod condition;
mod verdict;

pub use self::condition::{Condition, ConditionError, Outcome};
pub use self::verdict::{Comparison, Expected, Found, MatchMode, Reason, Verdict, compare};
