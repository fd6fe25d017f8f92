//! The look at a realm's items sees what is wrong with them: items taken away,
//! put and changed behind the server's back.

use aws_sdk_dynamodb::types::AttributeValue;
use muster::embedded::Embedded;
use muster_tests::proof::invariants::{broken, look};
use muster_tests::table::{partition, put, remove};
use muster_tests::{Realm, Server};

#[tokio::test]
async fn each_kind_of_item_is_missed_when_it_is_gone() {
    let table = Embedded::memory().unwrap();
    let server = Server::over(table.clone());
    let realm = Realm::create(&server, "whole").await;
    let ada = realm.user("ada").await;
    let engines = realm.group("Engines", &[&ada]).await;
    let gone = realm.group("Gone", &[&ada]).await;
    realm.delete(&format!("/Groups/{gone}")).await.is(204);

    let seen = look(&table, "whole").await;
    assert_eq!(seen.faults, Vec::<String>::new());
    assert_eq!((seen.users, seen.groups, seen.edges), (1, 1, 1));
    // The realm, its key, a user, two groups, one deleted.
    assert_eq!(seen.writes(), 6, "{:?}", seen.events);

    let edges = format!("M#{engines}");
    for part in ["U", "G", "UQ", "N", edges.as_str()] {
        for item in partition(&table, &format!("R#whole#{part}")).await {
            remove(&table, &item).await;
            let faults = broken(&table, "whole").await;
            let counts_nothing = item.get("t") == Some(&AttributeValue::N("0".to_owned()));
            assert_eq!(faults.is_empty(), counts_nothing, "{item:?}: {faults:?}");
            put(&table, item).await;
            assert_eq!(broken(&table, "whole").await, Vec::<String>::new());
        }
    }
    let mut missed = 0;
    for event in partition(&table, "R#whole#EV").await {
        remove(&table, &event).await;
        let less = look(&table, "whole").await;
        assert_eq!(less.writes() + 1, seen.writes());
        missed += less.faults.len();
        put(&table, event).await;
    }
    assert_eq!(missed, 2, "the last changes of the user and of the group");
    // An edge of a group that is gone.
    let mut left = partition(&table, &format!("R#whole#{edges}"))
        .await
        .remove(0);
    left.insert(
        "pk".to_owned(),
        AttributeValue::S(format!("R#whole#M#{gone}")),
    );
    put(&table, left).await;
    assert_ne!(broken(&table, "whole").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_too_much_is_seen() {
    let table = Embedded::memory().unwrap();
    let server = Server::over(table.clone());
    let realm = Realm::create(&server, "more").await;
    let ada = realm.user("ada").await;
    let bob = realm.user("bob").await;
    let engines = realm.group("Engines", &[&ada]).await;
    for part in ["UQ", "IX", "J", "M"] {
        let mut item = match part {
            "M" => partition(&table, &format!("R#more#M#{engines}"))
                .await
                .remove(0),
            _ => partition(&table, "R#more#UQ").await.remove(0),
        };
        let (pk, sk) = match part {
            "M" => (item["pk"].clone(), bob.clone()),
            _ => (
                AttributeValue::S(format!("R#more#{part}")),
                format!("U.x#{bob}"),
            ),
        };
        item.insert("pk".to_owned(), pk);
        item.insert("sk".to_owned(), AttributeValue::S(sk));
        put(&table, item.clone()).await;
        let faults = broken(&table, "more").await;
        assert!(!faults.is_empty(), "{part}");
        remove(&table, &item).await;
        assert_eq!(broken(&table, "more").await, Vec::<String>::new());
    }
}
