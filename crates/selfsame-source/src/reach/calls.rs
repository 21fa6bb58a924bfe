//! The macros and attributes that name files.

/// From where a relative path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The directory of the file with the call.
    File,
    /// The directory of the package.
    Package,
    /// The directory of the package, or the nearest one above it that has such a path.
    Ancestors,
}

/// A macro that names a file or a directory.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Its name.
    pub(super) name: &'static str,
    /// Its name as it is shown.
    pub(super) by: &'static str,
    /// From where its path leads.
    pub(super) base: Base,
    /// Which of its arguments is the path.
    pub(super) argument: usize,
    /// The path if there are no arguments.
    pub(super) default: Option<&'static str>,
    /// Whether all of a directory goes in, hidden names too.
    pub(super) whole: bool,
}

const fn call(name: &'static str, by: &'static str, base: Base) -> Call {
    Call { name, by, base, argument: 0, default: None, whole: false }
}

/// `include!`, whose file is read on as source.
pub(super) const INCLUDE: &str = "include";

const CALLS: [Call; 12] = [
    call(INCLUDE, "`include!`", Base::File),
    call("include_str", "`include_str!`", Base::File),
    call("include_bytes", "`include_bytes!`", Base::File),
    Call { whole: true, ..call("include_dir", "`include_dir!`", Base::Package) },
    Call { default: Some("migrations"), ..call("migrate", "`migrate!`", Base::Package) },
    // Diesel looks for its directory upwards from the package.
    Call {
        default: Some("migrations"),
        ..call("embed_migrations", "`embed_migrations!`", Base::Ancestors)
    },
    call("query_file", "`query_file!`", Base::Package),
    call("query_file_unchecked", "`query_file_unchecked!`", Base::Package),
    Call { argument: 1, ..call("query_file_as", "`query_file_as!`", Base::Package) },
    Call {
        argument: 1,
        ..call("query_file_as_unchecked", "`query_file_as_unchecked!`", Base::Package)
    },
    call("query_file_scalar", "`query_file_scalar!`", Base::Package),
    call("query_file_scalar_unchecked", "`query_file_scalar_unchecked!`", Base::Package),
];

impl Call {
    /// The macro of that name, if it names files.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        CALLS.iter().find(|call| call.name == name)
    }
}
