//! Images and root file systems as artifacts: every kind, what layers do to each other, what lies
//! beside a stamp, and archives that mean harm.

#[expect(dead_code, reason = "the tests of the command use the rest")]
#[path = "../cli/project.rs"]
mod project;
#[path = "../cli/run.rs"]
mod run;

mod pack;

mod budget;
mod check;
mod claims;
mod damage;
mod docker;
mod hostile;
mod kinds;
mod layers;
mod platforms;
mod trees;
