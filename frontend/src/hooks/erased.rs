//! Effects, callbacks and state, compiled once for all of them: yew's own hooks are compiled anew for each closure that is
//! given to them.

use std::any::Any;
use std::rc::Rc;

use yew::functional::Hook;
use yew::{Callback, UseStateHandle, hook, use_effect, use_mut_ref, use_state_eq};

/// Runs `effect` once `deps` are drawn that are not the same as before. What it gives is kept until it runs again or the
/// component goes: listeners, a timeout.
pub fn use_effect_with<T, K>(deps: T, effect: impl FnOnce(&T) -> K + 'static) -> impl Hook<Output = ()>
where
    T: PartialEq + 'static,
    K: 'static,
{
    let deps = Rc::new(deps);
    let of = Rc::clone(&deps);
    use_any_effect(of, Box::new(move || Box::new(effect(&deps))))
}

/// A callback that stays the same as long as `deps` do.
pub fn use_callback<T, I>(deps: T, call: impl Fn(I, &T) + 'static) -> impl Hook<Output = Callback<I>>
where
    T: PartialEq + 'static,
    I: 'static,
{
    let deps = Rc::new(deps);
    let of = Rc::clone(&deps);
    use_same_callback(of, Callback::from(move |value| call(value, &deps)))
}

/// State that begins as its type does. It is drawn anew only by another value.
#[hook]
pub fn use_default<T: Default + PartialEq + 'static>() -> UseStateHandle<T> {
    use_state_eq(T::default)
}

type AnyEffect = Box<dyn FnOnce() -> Box<dyn Any>>;

trait AnyDeps {
    fn is(&self, before: &dyn Any) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<T: PartialEq + 'static> AnyDeps for T {
    fn is(&self, before: &dyn Any) -> bool {
        before.downcast_ref::<T>().is_some_and(|before| self == before)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[hook]
fn use_any_effect(deps: Rc<dyn AnyDeps>, effect: AnyEffect) {
    let done = use_mut_ref(|| None::<(Rc<dyn AnyDeps>, Box<dyn Any>)>);
    use_effect(move || {
        let same = |(before, _): &(Rc<dyn AnyDeps>, _)| deps.is((**before).as_any());
        if !done.borrow().as_ref().is_some_and(same) {
            // What was kept goes before anything takes its place.
            done.take();
            let kept = effect();
            done.replace(Some((deps, kept)));
        }
    });
}

#[hook]
fn use_same_callback<I: 'static>(deps: Rc<dyn AnyDeps>, callback: Callback<I>) -> Callback<I> {
    let made = use_mut_ref(|| (Rc::clone(&deps), callback.clone()));
    let mut made = made.borrow_mut();
    if !deps.is((*made.0).as_any()) {
        *made = (deps, callback);
    }
    made.1.clone()
}
