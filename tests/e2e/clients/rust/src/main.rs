//! Runs the whole surface of the official Rust client (crates.io: img_src) against a server, as two users.

use img_src::apis::{configuration::Configuration, images_api, presets_api, settings_api, usage_api, Error};
use img_src::models::{
    CreatePresetRequest, CreateSignedUrlRequest, UpdatePresetRequest, UpdateSettingsRequest, UpdateVisibilityRequest,
};
use std::{collections::HashMap, env, path::PathBuf};

fn client(key: &str) -> Configuration {
    let mut configuration = Configuration::new();
    configuration.base_path = env::var("IMGSRC_URL").unwrap();
    configuration.bearer_access_token = Some(key.to_string());
    configuration
}

/// Status of a refusal; the body must be the envelope that the client knows for it.
fn refused<T: std::fmt::Debug, E: std::fmt::Debug>(result: Result<T, Error<E>>) -> u16 {
    match result {
        Err(Error::ResponseError(response)) => {
            let body: serde_json::Value = serde_json::from_str(&response.content).unwrap();
            assert_eq!(body["error"]["status"], response.status.as_u16(), "{body}");
            assert!(response.entity.is_some(), "the client does not know {body}");
            response.status.as_u16()
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mine = client(&env::var("IMGSRC_KEY").unwrap());
    let others = client(&env::var("IMGSRC_OTHER_KEY").unwrap());
    let name = env::var("IMGSRC_NAME").unwrap();
    let file = || Some(PathBuf::from(env::var("IMGSRC_SAMPLE").unwrap()));

    let settings = settings_api::get_settings(&mine).await.unwrap().settings;
    assert_eq!((settings.username.as_str(), settings.plan.as_str()), (name.as_str(), "pro"));
    let changed = settings_api::update_settings(
        &mine,
        Some(UpdateSettingsRequest { default_quality: Some(85), ..UpdateSettingsRequest::new() }),
    );
    assert_eq!(changed.await.unwrap().settings.default_quality, 85);
    // Without a body the client sends the literal `null`.
    assert_eq!(settings_api::update_settings(&mine, None).await.unwrap().settings.default_quality, 85);

    let upload = images_api::upload_image(&mine, file(), Some("blog 1/ünï/ph+oto.jpg"), Some("public")).await.unwrap();
    assert_eq!(upload.paths, ["blog 1/ünï/ph+oto.jpg"]);
    let again = images_api::upload_image(&mine, file(), Some("rust"), None).await.unwrap();
    assert_eq!((again.id.as_str(), again.paths.len(), again.is_new), (upload.id.as_str(), 2, Some(false)));
    let theirs = images_api::upload_image(&others, file(), None, None).await.unwrap();
    assert_eq!(theirs.id, upload.id);

    let list = images_api::list_images(&mine, Some(100), Some(0), Some("rust")).await.unwrap();
    assert_eq!((list.total, list.images[0].id.as_str()), (1, upload.id.as_str()));
    assert_eq!(images_api::list_images(&mine, None, None, None).await.unwrap().folders.len(), 2);
    assert_eq!(images_api::search_images(&mine, "PH+OTO", Some(10)).await.unwrap().total, 1);
    let got = images_api::get_image(&mine, &upload.id).await.unwrap();
    assert_eq!(got.metadata.hash, upload.hash);
    assert_eq!(refused(images_api::get_image(&others, "0000000000000000").await), 404);
    assert_eq!(refused(images_api::list_images(&client("imgsrc_none"), None, None, None).await), 401);

    let private = UpdateVisibilityRequest::new("private".to_string());
    assert_eq!(images_api::update_visibility(&mine, &upload.id, private).await.unwrap().visibility, "private");
    let wanted = CreateSignedUrlRequest { expires_in_seconds: Some(300) };
    let link = images_api::create_signed_url(&mine, &upload.id, Some(wanted)).await.unwrap();
    assert_eq!(link.expires_in_seconds, 300);
    assert_eq!(images_api::create_signed_url(&mine, &upload.id, None).await.unwrap().expires_in_seconds, 3600);
    let listed = images_api::list_images(&mine, None, None, None).await.unwrap();
    assert!(listed.images[0].active_signed_url.is_some());

    let params = HashMap::from([("w".to_string(), serde_json::json!(200)), ("fit".to_string(), serde_json::json!("cover"))]);
    let wanted = CreatePresetRequest::new("thumb".to_string(), params);
    let preset = presets_api::create_preset(&mine, Some(wanted.clone())).await.unwrap();
    assert_eq!(refused(presets_api::create_preset(&mine, Some(wanted)).await), 409);
    assert_eq!(presets_api::list_presets(&mine).await.unwrap().total, 1);
    assert_eq!(presets_api::get_preset(&mine, &preset.id).await.unwrap().name, "thumb");
    assert_eq!(refused(presets_api::get_preset(&others, &preset.id).await), 404);
    let more = UpdatePresetRequest { description: Some("Square".to_string()), ..UpdatePresetRequest::new() };
    let updated = presets_api::update_preset(&mine, &preset.id, Some(more)).await.unwrap();
    assert_eq!(updated.params["w"], 200);
    assert!(presets_api::delete_preset(&mine, "thumb").await.unwrap().success);

    let usage = usage_api::get_usage(&mine).await.unwrap();
    assert_eq!((usage.total_images, usage.current_period.uploads), (1, 1));

    // This client writes a space as `+`, and a plus as `%2B`.
    let removed = images_api::delete_image_path(&mine, &name, "blog 1/ünï/ph+oto.jpg").await.unwrap();
    assert_eq!((removed.image_deleted, removed.remaining_paths.len()), (false, 1));
    assert_eq!(refused(images_api::delete_image_path(&others, &name, &removed.remaining_paths[0]).await), 403);
    assert_eq!(refused(images_api::delete_image_path(&mine, &name, "not/there.jpg").await), 404);
    assert!(images_api::delete_image(&mine, &upload.id).await.unwrap().success);
    assert_eq!(images_api::get_image(&others, &upload.id).await.unwrap().id, upload.id);
    println!("ok");
}
