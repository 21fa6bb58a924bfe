use std::path::Path;

use crate::package::Package;
use crate::scope::ShippedDirectory;
use selfsame_core::stamp::Shipped;
use selfsame_core::tree::{self, Listing};

/// The most files of one directory that are listed. A list of so many adds about 100 KiB to the
/// artifact.
const MAX_LISTED: usize = 1_000;

/// The most bytes of all lists of one stamp together.
const MAX_LISTS: usize = 256 * 1024;

/// Looks at the directories that `package` ships, each with its name, path and place at run time.
/// One that cannot be read, or holds no file, is unknown and no error: a front end is often built
/// elsewhere.
#[must_use]
pub fn shipped(package: &Package, directories: &[ShippedDirectory]) -> Vec<Shipped> {
    let mut room = MAX_LISTS;
    let look = |ShippedDirectory { name, path, at }: &ShippedDirectory| {
        let listing = match listing(&package.root().join(path), path) {
            Ok(listing) => listing,
            Err(why) => return Shipped::unknown(name, path, at, why),
        };
        let hash = listing.hash();
        let lines = listing.lines().filter(|lines| lines.len() <= MAX_LISTED);
        let size = |lines: &Vec<String>| lines.iter().map(String::len).sum::<usize>();
        let list = lines.filter(|lines| size(lines) <= room).unwrap_or_default();
        room -= size(&list);
        let mut shipped = Shipped::new(name, path, at);
        shipped.sha256 = Some(hash.sha256);
        shipped.files = hash.files;
        shipped.bytes = hash.bytes;
        shipped.list = list;
        shipped
    };
    let mut shipped: Vec<Shipped> = directories.iter().map(look).collect();
    shipped.sort_by(|a, b| a.name.cmp(&b.name));
    shipped
}

fn listing(root: &Path, path: &str) -> Result<Listing, String> {
    let advice = "build it first, or write a stamp file beside it: selfsame stamp";
    let listing = tree::list_shipped(root).and_then(|entries| Listing::of(&entries));
    match listing {
        Ok(listing) if listing.hash().files > 0 => Ok(listing),
        Ok(_) => Err(format!("`{path}` held no file when the binary was built: {advice}")),
        Err(error) if error.is_not_found() => {
            Err(format!("`{path}` was not there when the binary was built: {advice}"))
        }
        Err(error) => Err(format!("`{path}` could not be read in the build: {error}")),
    }
}
