//! What an edit does to the files of a workspace.

use std::os::unix::fs::symlink;
use std::path::Path;

/// One operation on a file, by its path in the repository.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edit {
    /// Replaces a text that stands in the file.
    Replace(&'static str, &'static str, &'static str),
    /// Writes a file, with the directories above it.
    Write(&'static str, &'static str),
    /// Removes a file.
    Remove(&'static str),
    /// Moves a file.
    Move(&'static str, &'static str),
    /// Replaces what is there by a link.
    Link(&'static str, &'static str),
    /// Marks a file as executable.
    Executable(&'static str),
    /// Sets the file's times to now.
    Touch(&'static str),
}

impl Edit {
    pub(super) fn apply(self, root: &Path) {
        match self {
            Self::Replace(path, from, to) => {
                let path = root.join(path);
                let text = std::fs::read_to_string(&path).expect("the file can be read");
                assert!(text.contains(from), "`{}` does not contain {from:?}", path.display());
                std::fs::write(&path, text.replacen(from, to, 1)).expect("it can be written");
            }
            Self::Write(path, text) => {
                let path = root.join(path);
                make_parent(&path);
                std::fs::write(path, text).expect("it can be written");
            }
            Self::Remove(path) => {
                std::fs::remove_file(root.join(path)).expect("it can be removed");
            }
            Self::Move(from, to) => {
                make_parent(&root.join(to));
                std::fs::rename(root.join(from), root.join(to)).expect("it can be moved");
            }
            Self::Link(path, to) => {
                let path = root.join(path);
                let _ = std::fs::remove_file(&path);
                make_parent(&path);
                symlink(to, path).expect("a link can be made");
            }
            Self::Executable(path) => {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = std::fs::Permissions::from_mode(0o755);
                std::fs::set_permissions(root.join(path), mode).expect("the mode can be set");
            }
            Self::Touch(path) => touch(&root.join(path)),
        }
    }

    /// Makes cargo see that an edit was taken back. A link leads again to a file that is older than
    /// the last build, which stops the next one: cargo would take it for unchanged.
    pub(super) fn renew(self, root: &Path) {
        if let Self::Link(path, _) = self {
            touch(&root.join(path));
        }
    }
}

fn touch(path: &Path) {
    let file = std::fs::File::options().append(true).open(path);
    let now = std::time::SystemTime::now();
    file.and_then(|file| file.set_modified(now)).expect("the times can be set");
}

fn make_parent(path: &Path) {
    let parent = path.parent().expect("it lies in a directory");
    std::fs::create_dir_all(parent).expect("the directory can be made");
}
