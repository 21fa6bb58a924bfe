//! A workspace of 34 packages with each construct that real ones have, and a table of edits: what
//! cargo compiles, whether the code's bytes differ, and what `check` answers.

mod answer;
mod edit;
mod measure;
mod page;
mod row;
mod rows;
mod run;
mod table;
mod workspace;
