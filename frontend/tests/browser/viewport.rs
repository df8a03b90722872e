//! The room stays inside what a keyboard on the screen leaves in sight.

use frontend::app::{App, Early};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventTarget, HtmlElement};

use super::support::{Mounted, until};

fn replace_viewport(value: &JsValue) {
    let how = Object::new();
    Reflect::set(&how, &"value".into(), value).unwrap();
    Reflect::set(&how, &"configurable".into(), &true.into()).unwrap();
    Object::define_property(&web_sys::window().unwrap(), &"visualViewport".into(), &how);
}

fn height() -> String {
    let root = web_sys::window().unwrap().document().unwrap().document_element().unwrap();
    root.dyn_into::<HtmlElement>().unwrap().style().get_property_value("--app-height").unwrap()
}

#[wasm_bindgen_test]
async fn room_follows_the_visual_viewport_where_there_is_one() {
    let make = "return Object.assign(new EventTarget(), { height: innerHeight, offsetTop: 0, scale: 1 })";
    let viewport = Function::new_no_args(make).call0(&JsValue::NULL).unwrap();
    replace_viewport(&viewport);
    let page = Mounted::<App>::new(Early::default());
    page.get("#join").await;
    assert_eq!(height(), "");
    let target: EventTarget = viewport.clone().dyn_into().unwrap();
    for (value, expected) in [(240.0, "240px"), (100_000.0, "")] {
        Reflect::set(&viewport, &"height".into(), &value.into()).unwrap();
        target.dispatch_event(&Event::new("resize").unwrap()).unwrap();
        until(expected, || (height() == expected).then_some(())).await;
    }
    drop(page);

    replace_viewport(&JsValue::UNDEFINED);
    let page = Mounted::<App>::new(Early::default());
    page.get("#join").await;
    drop(page);
    Reflect::delete_property(&web_sys::window().unwrap(), &"visualViewport".into()).unwrap();
}
