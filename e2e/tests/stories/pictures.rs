//! Pictures for a person to look at, in `target/screenshots`: desk and phone, light and dark.

use e2e::Story;

#[test]
fn the_card_the_refusal_and_the_room_have_their_pictures_taken() {
    let story = Story::begin();
    let zhang = story.window();
    zhang.leave_pictures("join");
    zhang.join("欧阳静怡");

    let li = story.window();
    li.type_name("zhang三");
    li.connect();
    li.wait_until("the refusal", "return !!document.querySelector('#name-hint.bad')");
    li.leave_pictures("join-bad-name");
    li.refused("欧阳静怡");
    li.leave_pictures("join-refused");
    li.join("李四");

    zhang.say("早！昨晚的方案你看了吗？");
    li.wait_for_text("早！昨晚的方案你看了吗？");
    li.say("看了，第二部分写得很清楚。\n图我下午补上：https://example.com/方案");
    zhang.wait_for_text("看了，第二部分写得很清楚。\n图我下午补上：https://example.com/方案");
    zhang.say("太好了");
    zhang.say(
        "那我们三点过一遍，顺便把“两个窗口、两个名字”那一节的截图换成新的，旧的那张字太小，投影上看不清。",
    );
    li.wait_for_text("太好了");
    li.say("好，三点见");
    zhang.wait_for_text("好，三点见");
    zhang.wait_until_delivered("太好了");
    zhang.leave_pictures("room");
}

#[test]
fn the_lost_connection_has_its_picture_taken() {
    let mut story = Story::begin();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("你那边怎么样？");
    li.wait_for_text("你那边怎么样？");
    li.say("挺好的");
    zhang.wait_for_text("挺好的");
    story.server.kill9();
    zhang.wait_until_lost();
    zhang.say("我这边好像断了");
    zhang.wait_for_text("我这边好像断了");
    zhang.leave_pictures("lost");
}
