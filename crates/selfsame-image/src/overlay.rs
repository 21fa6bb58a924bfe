//! What layers leave of each other: the file system that a container sees, as far as it is asked
//! for.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::name::{Name, ancestors, is_below};

/// Something in the file system, and the layer that put it there, from 0.
#[derive(Debug, Clone)]
pub(super) struct Item<T> {
    pub(super) layer: usize,
    pub(super) is_directory: bool,
    pub(super) value: T,
}

/// What took something away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Act {
    pub(super) layer: usize,
    /// What the layer speaks of: the file itself, or a directory above it.
    pub(super) name: Name,
    pub(super) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    Deleted,
    /// The directory was made opaque: nothing of the layers below is seen in it.
    Emptied,
    Replaced,
}

impl How {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Emptied => "emptied",
            Self::Replaced => "replaced",
        }
    }
}

/// What was there, and what took it away.
#[derive(Debug, Clone)]
pub(super) struct Gone<T> {
    pub(super) name: Name,
    pub(super) item: Item<T>,
    pub(super) act: Act,
}

/// The items that are asked for, by name, and those that are gone.
#[derive(Debug)]
pub(super) struct Overlay<T> {
    pub(super) items: BTreeMap<Name, Item<T>>,
    pub(super) gone: Vec<Gone<T>>,
}

impl<T> Default for Overlay<T> {
    fn default() -> Self {
        Self { items: BTreeMap::new(), gone: Vec::new() }
    }
}

impl<T> Overlay<T> {
    /// A layer has an entry of this name. What lower layers have there is hidden by it, but for a
    /// directory by a directory; the directories above it hide files where they stand.
    pub(super) fn replace(&mut self, name: &Name, is_directory: bool, layer: usize) {
        if self.items.is_empty() {
            return;
        }
        let is_file = |overlay: &Self, name: &[u8]| {
            overlay.items.get(name).is_some_and(|item| !item.is_directory)
        };
        for above in ancestors(name) {
            if is_file(self, above) {
                self.take(above.to_vec(), layer, name, How::Replaced);
            }
        }
        if !is_directory || is_file(self, name) {
            self.take(name.clone(), layer, name, How::Replaced);
        }
        if !is_directory {
            self.take_below(name, layer, How::Replaced);
        }
    }

    /// A layer has a whiteout of this name.
    pub(super) fn delete(&mut self, name: &Name, layer: usize) {
        self.take(name.clone(), layer, name, How::Deleted);
        self.take_below(name, layer, How::Deleted);
    }

    /// A layer makes this directory opaque.
    pub(super) fn empty(&mut self, directory: &Name, layer: usize) {
        self.take_below(directory, layer, How::Emptied);
    }

    pub(super) fn insert(&mut self, name: Name, layer: usize, is_directory: bool, value: T) {
        self.items.insert(name, Item { layer, is_directory, value });
    }

    /// The items below a directory.
    pub(super) fn below<'a>(
        &'a self,
        directory: &'a [u8],
    ) -> impl Iterator<Item = (&'a Name, &'a Item<T>)> {
        let mut first = directory.to_vec();
        if !first.is_empty() {
            first.push(b'/');
        }
        self.items
            .range((Bound::Included(first), Bound::Unbounded))
            .take_while(|(name, _)| is_below(name, directory))
    }

    fn take(&mut self, name: Name, layer: usize, by: &Name, how: How) {
        if self.items.get(&name).is_some_and(|item| item.layer < layer)
            && let Some(item) = self.items.remove(&name)
        {
            self.gone.push(Gone { name, item, act: Act { layer, name: by.clone(), how } });
        }
    }

    fn take_below(&mut self, directory: &Name, layer: usize, how: How) {
        let lower = self.below(directory).filter(|(_, item)| item.layer < layer);
        let names: Vec<Name> = lower.map(|(name, _)| name.clone()).collect();
        for name in names {
            self.take(name, layer, directory, how);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay() -> Overlay<()> {
        let mut overlay = Overlay::default();
        for name in ["app/a", "app/b/c", "app.old", "apt"] {
            overlay.insert(name.into(), 0, false, ());
        }
        overlay
    }

    fn names(overlay: &Overlay<()>) -> Vec<&str> {
        overlay.items.keys().map(|name| std::str::from_utf8(name).unwrap()).collect()
    }

    #[test]
    fn a_whiteout_deletes_of_lower_layers_alone() {
        let mut overlay = overlay();
        overlay.insert("app/new".into(), 1, false, ());
        overlay.delete(&"app".into(), 1);
        assert_eq!(names(&overlay), ["app.old", "app/new", "apt"]);
        assert_eq!(overlay.gone.len(), 2);
        assert!(overlay.gone.iter().all(|gone| gone.act.name == b"app" && gone.act.layer == 1));
    }

    #[test]
    fn an_opaque_directory_hides_what_is_below_it() {
        let mut overlay = overlay();
        overlay.empty(&"app/b".into(), 1);
        assert_eq!(names(&overlay), ["app.old", "app/a", "apt"]);
        overlay.empty(&Name::new(), 1);
        assert!(names(&overlay).is_empty());
    }

    #[test]
    fn files_and_directories_replace_each_other() {
        let mut overlay = overlay();
        overlay.replace(&"app/b".into(), true, 1);
        assert_eq!(names(&overlay).len(), 4, "a directory again");
        overlay.replace(&"app/b".into(), false, 1);
        assert_eq!(names(&overlay), ["app.old", "app/a", "apt"]);
        overlay.replace(&"app/a/below".into(), false, 1);
        assert_eq!(names(&overlay), ["app.old", "apt"]);
        overlay.replace(&"apt".into(), true, 1);
        assert_eq!(names(&overlay), ["app.old"]);
    }
}
