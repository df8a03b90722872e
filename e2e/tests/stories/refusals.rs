//! Who does not get in, and how it is said.

use e2e::{FlakyProxy, Page, TestWorld};
use serde_json::{Value, json};

use crate::rooms::{join_by_link, make_room};

#[test]
fn a_third_window_hears_that_the_lobby_is_full_and_cannot_speak_into_the_pair() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("只有我们两个");
    li.wait_for_text("只有我们两个");

    let wang = story.window();
    let sentence = wang.refused("王五");
    assert!(sentence.contains("满"), "{sentence:?} does not say that the lobby is full");
    assert_eq!(wang.value("#name"), "王五", "the name stays");
    assert!(!wang.is_enabled("textarea#message"));
    assert_eq!(wang.count("#log .msg"), 0, "nothing of the pair is to be seen");

    let answers = exchange_raw_frames(&wang, "我也在");
    assert_eq!(answers[0]["code"], "room_full");
    assert!(answers.iter().all(|answer| answer["type"] == "refused"), "{answers:?}");
    zhang.say("还是两个");
    for page in [&zhang, &li] {
        page.wait_for_texts(&["只有我们两个", "还是两个"]);
        assert!(!page.notes().iter().any(|note| note.contains("王五")));
    }
}

#[test]
fn a_bad_name_is_said_at_the_field_and_stays_to_be_mended() {
    let story = TestWorld::start();
    let page = story.window();
    for (name, sentence) in [
        ("", "名称不能为空且必须为中文"),
        ("zhang三", "只能使用汉字"),
        ("张", "至少两个汉字"),
        ("赵钱孙李周吴郑王冯陈褚", "最多十个汉字"),
        ("张 三", "名称中不能有空格"),
        ("<b>张三</b>", "只能使用汉字"),
    ] {
        page.reload();
        assert_eq!(page.count("#name-hint.bad"), 0);
        page.type_name(name);
        page.press_enter();
        page.wait_until(
            &format!("{name:?} to be refused"),
            &format!("return document.querySelector('#name-hint.bad')?.innerText === '{sentence}'"),
        );
        assert_eq!(page.value("#name"), name);
        assert_eq!(page.ask::<Value>("return document.querySelector('#name').ariaInvalid", &[]), "true");
        assert!(!page.shows("main.room"));
    }
    page.join("张三");
}

#[test]
fn a_name_somebody_has_is_refused_with_its_own_sentence() {
    let story = TestWorld::start();
    let zhang = story.window();
    zhang.join("张三");

    let other = story.window();
    let sentence = other.refused("张三");
    assert!(sentence.contains("已有人在用"), "{sentence:?} does not say what is wrong");
    assert_eq!(other.value("#name"), "张三", "the name stays");
    other.join("李四");
    zhang.wait_for_note("李四在线啦，你们可以聊天啦");
}

#[test]
fn a_name_that_looks_like_another_is_taken_as_well() {
    let story = TestWorld::start();
    let proxy = FlakyProxy::start(&story.server);
    let (zhang, li) = (story.window(), story.window());
    let link = make_room(&zhang, "同名同姓", 3);
    zhang.join("张未来");
    li.open(&proxy.rewrite_link(&link));
    for name in ["张未来", "张末来", "張未来", "張末來"] {
        li.type_name(name);
        li.connect();
        li.wait_for_problem(
            "这个名字已有人在用，请换一个名字。如果这是你，请打开备份的身份链接，或在原设备上打开“在另一台设备上继续”，也可以请房主移出原来的你",
        );
        assert_eq!(li.value("#name"), name, "the name stays");
        li.reload();
    }
    join_by_link(&li, &proxy.rewrite_link(&link), "張三");
    zhang.wait_for_note("張三加入了房间");
}

/// Joins and speaks without the page's help, as a program could. Gives what is answered: two frames, or fewer if
/// the server closes.
#[track_caller]
fn exchange_raw_frames(page: &Page, text: &str) -> Vec<Value> {
    page.ask_later(
        "const [text, done] = arguments;
         const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws?room=lobby');
         const answers = [];
         socket.onopen = () => {
             const token = 'A'.repeat(43);
             socket.send(JSON.stringify({ type: 'join', v: 1, room: 'lobby', name: '赵六', token }));
             socket.send(JSON.stringify({ type: 'say', id: '019a0000-0000-7000-8000-000000000001', text }));
         };
         socket.onmessage = e => { if (answers.push(JSON.parse(e.data)) === 2) { socket.close() } };
         socket.onclose = () => done(answers);",
        &[json!(text)],
    )
}
