//! State that is changed where it stands: a change sees what all changes before it have left, also those of this very
//! moment, which a handle from the last drawing does not.

use std::rc::Rc;

use yew::{Reducible, UseReducerDispatcher, UseReducerHandle, hook, use_reducer_eq};

/// Such a state.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changed<T>(pub T);

/// Changes it.
pub type Change<T> = UseReducerDispatcher<Changed<T>>;

impl<T: Clone> Reducible for Changed<T> {
    type Action = Box<dyn FnOnce(&mut T)>;

    fn reduce(self: Rc<Self>, change: Self::Action) -> Rc<Self> {
        let mut next = self.0.clone();
        change(&mut next);
        Rc::new(Self(next))
    }
}

/// The state, to begin with as its type has it.
#[hook]
pub fn use_changed<T: Clone + Default + PartialEq + 'static>() -> UseReducerHandle<Changed<T>> {
    use_reducer_eq(Changed::default)
}
