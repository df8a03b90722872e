//! Loads the pinyin readings of names from the server: on first use, and again when the names change.

use std::rc::Rc;

use shared::Readings;
use wasm_bindgen_futures::spawn_local;
use yew::{hook, use_mut_ref};

use crate::hooks::erased::{use_default, use_effect_with};
use crate::services::http;

/// The readings of these people's names, as far as they are known.
#[hook]
pub(super) fn use_readings(people: &Rc<[Rc<str>]>, wanted: bool) -> Rc<Readings> {
    let readings = use_default::<Rc<Readings>>();
    let asked = use_mut_ref(String::new);
    let setter = readings.setter();
    use_effect_with((wanted, Rc::clone(people)), move |(wanted, people)| {
        let of: String = people.iter().map(|name| &**name).collect();
        if *wanted && *asked.borrow() != of {
            asked.replace(of.clone());
            spawn_local(async move {
                match http::readings(&of).await {
                    Some(known) => setter.set(Rc::new(known)),
                    None => asked.borrow_mut().clear(),
                }
            });
        }
    });
    Rc::clone(&readings)
}
