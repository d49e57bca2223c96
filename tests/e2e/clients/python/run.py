"""Runs the whole surface of the official Python client (PyPI: img-src) against a server, as two users."""

import asyncio
import os
import time
import urllib.error
import urllib.request

from img_src import Imgsrc, errors, models

URL = os.environ["IMGSRC_URL"]
SAMPLE = os.environ["IMGSRC_SAMPLE"]
MINE, OTHERS, BAD = (
    Imgsrc(bearer_auth=key, server_url=URL)
    for key in (os.environ["IMGSRC_KEY"], os.environ["IMGSRC_OTHER_KEY"], "imgsrc_" + "A" * 48)
)


def fails(status, kind, call, **arguments):
    """Calls something that must be refused; the error is the client's own type for it."""
    try:
        call(**arguments)
    except kind as error:
        assert error.status_code == status, (call, error.status_code, error.body)
        return error
    raise AssertionError(f"{call} was not refused")


def picture(tail=b""):
    with open(SAMPLE, "rb") as file:
        return file.read() + tail


def upload(client, name, content, **more):
    answer = client.images.upload_image(request={"file": {"file_name": name, "content": content}, **more})
    assert answer.http_meta.response.status_code == 201
    return answer.upload_response


def settings():
    mine = MINE.settings.get_settings().settings_response.settings
    assert mine.username == os.environ["IMGSRC_NAME"]
    assert [OTHERS.settings.get_settings().settings_response.settings.username] == [os.environ["IMGSRC_OTHER_NAME"]]
    changed = MINE.settings.update_settings(
        request={"default_quality": 85, "default_max_width": 2000, "delivery_formats": ["avif", "webp"], "theme": "dark"}
    ).settings_update_response
    assert changed.settings.default_quality == 85 and changed.settings.default_max_width == 2000
    cleared = MINE.settings.update_settings(request={"default_max_width": None, "default_quality": 80})
    assert cleared.settings_update_response.settings.default_max_width is None
    assert MINE.settings.update_settings().settings_update_response.settings.theme == "dark", "no body changes nothing"
    fails(400, errors.ImgsrcError, MINE.settings.update_settings, request={"default_quality": 101})
    assert OTHERS.settings.get_settings().settings_response.settings.default_quality == 80
    return mine


def images(name):
    first = upload(MINE, "test-image.jpg", picture(), target_path="blog/2024")
    assert first.paths == ["blog/2024/test-image.jpg"] and first.is_new and first.visibility == "public"
    assert first.dimensions.width > 0 and first.available_formats.jxl.endswith(".jxl")
    again = upload(MINE, "other name.jpg", open(SAMPLE, "rb"), target_path="blog 1/ünï/ph+oto.jpg")
    assert again.id == first.id and not again.is_new and len(again.paths) == 2
    theirs = upload(OTHERS, "test-image.jpg", picture())
    assert theirs.id == first.id and theirs.paths == ["test-image.jpg"], "ids are of the content"
    for n in range(3):
        upload(MINE, f"page{n}.jpg", picture(b"%d" % n), target_path="pages")
    fails(400, errors.ErrorResponse, MINE.images.upload_image, request={"file": {"file_name": "x.jpg", "content": b"no"}})

    listed = MINE.images.list_images()
    assert listed.image_list_response.total == 4 and not listed.image_list_response.has_more
    assert sorted(f.name for f in listed.image_list_response.folders) == ["blog", "blog 1", "pages"]
    page, seen = MINE.images.list_images(limit=2, path="pages/"), []
    while page is not None:
        seen += [image.id for image in page.image_list_response.images]
        page = page.next()
    assert len(seen) == len(set(seen)) == 3, seen
    assert OTHERS.images.list_images(offset=None).image_list_response.total == 1

    found = MINE.images.search_images(q="TEST-image", limit=20).search_response
    assert [result.id for result in found.results] == [first.id] and found.query == "TEST-image"
    got = MINE.images.get_image(id=first.id).metadata_response
    assert got.metadata.hash == first.hash and got.metadata.width == first.dimensions.width and got.urls.jxl
    missing = fails(404, errors.ErrorResponse, MINE.images.get_image, id="0" * 16)
    assert (missing.data.error.code, missing.data.error.status) == ("NOT_FOUND", 404)
    fails(404, errors.ErrorResponse, OTHERS.images.get_image, id=seen[0])
    fails(404, errors.ErrorResponse, OTHERS.images.delete_image, id=seen[0])
    fails(401, errors.ErrorResponse, BAD.images.list_images)

    removed = MINE.images.delete_image_path(username=name, filepath="blog 1/ünï/ph+oto.jpg").path_delete_response
    assert removed.success and not removed.image_deleted and removed.remaining_paths == first.paths
    fails(403, errors.ErrorResponse, OTHERS.images.delete_image_path, username=name, filepath=first.paths[0])
    fails(404, errors.ErrorResponse, MINE.images.delete_image_path, username=name, filepath="not/there.jpg")
    last = MINE.images.delete_image_path(username=name, filepath="pages/page0.jpg").path_delete_response
    assert last.image_deleted and last.remaining_paths == []
    return first


def status_of(url):
    try:
        with urllib.request.urlopen(url) as response:
            return response.status, response.headers["content-type"]
    except urllib.error.HTTPError as error:
        return error.code, None


def links(image, name):
    private = MINE.images.update_visibility(id=image.id, visibility="private").update_visibility_response
    assert private.visibility == "private"
    bare = f"{URL}/i/{name}/{image.paths[0].replace('.jpg', '.webp')}?w=20"
    assert status_of(bare)[0] == 404
    made = MINE.images.create_signed_url(
        id=image.id, expires_in_seconds=300, transformation={"width": 40, "fit": "cover", "format_": "webp"}
    ).signed_url_response
    assert made.expires_in_seconds == 300 and abs(made.expires_at - time.time() - 300) < 60
    assert status_of(made.signed_url) == (200, "image/webp"), made.signed_url
    assert MINE.images.create_signed_url(id=image.id).signed_url_response.expires_in_seconds == 3600
    fails(404, errors.ErrorResponse, MINE.images.create_signed_url, id="0" * 16)
    listed = MINE.images.list_images(path=image.paths[0]).image_list_response.images
    assert listed[0].active_signed_url.signed_url.startswith("http"), listed
    public = MINE.images.update_visibility(id=image.id, visibility="public").update_visibility_response
    assert public.visibility == "public" and status_of(bare) == (200, "image/webp")


def presets():
    made = MINE.presets.create_preset(
        request={"name": "thumb", "description": "Small", "params": {"w": 20, "h": 20, "fit": "cover"}}
    ).preset
    assert made.params["w"] == 20 and made.usage_count == 0
    fails(409, errors.ErrorResponse, MINE.presets.create_preset, request={"name": "thumb", "params": {}})
    assert MINE.presets.list_presets().list_presets_response.total == 1
    assert MINE.presets.get_preset(id=made.id).preset.name == "thumb"
    changed = MINE.presets.update_preset(id=made.id, description=None, params={"w": 30}).preset
    assert changed.description is None and changed.params == {"w": 30} and changed.name == "thumb"
    fails(404, errors.ErrorResponse, OTHERS.presets.get_preset, id=made.id)
    assert MINE.presets.delete_preset(name="thumb").delete_preset_response.success
    fails(404, errors.ErrorResponse, MINE.presets.delete_preset, name="thumb")


def usage():
    mine = MINE.usage.get_usage().usage_response
    assert mine.plan == "pro" and mine.plan_status == "active" and mine.total_images == 3
    assert mine.current_period.uploads == 4 and mine.current_period.transformations > 0
    assert mine.plan_limits.max_uploads_per_month is None and mine.credits.storage_bytes == 0


async def asynchronous(image):
    """The same methods, awaited."""
    async with Imgsrc(bearer_auth=os.environ["IMGSRC_KEY"], server_url=URL) as client:
        listed, got, used = await asyncio.gather(
            client.images.list_images_async(limit=1),
            client.images.get_image_async(id=image.id),
            client.usage.get_usage_async(),
        )
        assert listed.image_list_response.has_more and got.metadata_response.id == image.id
        assert used.usage_response.plan_name == "Pro Plan"
        request = {"file": {"file_name": "späte.jpg", "content": picture(b"later")}, "visibility": "private"}
        late = (await client.images.upload_image_async(request=models.UploadImageRequestBody(**request))).upload_response
        assert late.visibility == "private" and late.paths == ["späte.jpg"]
        deleted = (await client.images.delete_image_async(id=late.id)).delete_response
        assert deleted.success and deleted.deleted_paths == ["späte.jpg"]


name = settings().username
image = images(name)
links(image, name)
presets()
usage()
asyncio.run(asynchronous(image))
gone = MINE.images.delete_image(id=image.id).delete_response
assert gone.success and gone.deleted_paths == image.paths
assert OTHERS.images.get_image(id=image.id).metadata_response.id == image.id, "the other user's stays"
print("ok")
