// Pictures of the try-it page: dropped, chosen or pasted. A field's `picture` is a file as a data URL, which is
// too long for its text.

function forget(drop, field) {
  delete field.picture;
  delete field.dataset.isFile;
  drop.querySelector("img").hidden = true;
}

function take(drop, field, file) {
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    field.picture = reader.result;
    field.value = file.name;
    field.dataset.isFile = "yes";
    const image = drop.querySelector("img");
    image.src = reader.result;
    image.hidden = false;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  reader.readAsDataURL(file);
}

for (const drop of document.querySelectorAll("[data-drop]")) {
  const field = document.getElementById(drop.dataset.drop);
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) take(drop, field, event.dataTransfer.files[0]);
  });
  drop.querySelector('[type="file"]').addEventListener("change", (event) => {
    if (event.target.files[0]) take(drop, field, event.target.files[0]);
  });
  drop.addEventListener("paste", (event) => {
    const file = event.clipboardData.files[0];
    if (!file) return;
    event.preventDefault();
    take(drop, field, file);
  });
  field.addEventListener("input", () => forget(drop, field));
  field.form.addEventListener("reset", () => forget(drop, field));
}
