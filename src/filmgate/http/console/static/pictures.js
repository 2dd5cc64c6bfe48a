// Pictures of the try-it page: dropped, chosen or pasted. A field's `picture` is a file as a data URL, which is
// too long for its text.

function forget(drop, field) {
  delete field.picture;
  delete field.dataset.isFile;
  delete field.dataset.refused;
  drop.querySelector("img").hidden = true;
}

const counted = new Intl.NumberFormat("en");

// The server would say the same, after all of it had been sent.
function refuse(drop, field, file, longest) {
  forget(drop, field);
  field.value = "";
  const label = field.labels[0].textContent;
  field.dataset.refused = `${label} has ${counted.format(file.size)} bytes; at most ${counted.format(longest)} are accepted.`;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function take(drop, field, file) {
  const longest = Number(drop.dataset.longest);
  if (file.size > longest) return refuse(drop, field, file, longest);
  delete field.dataset.refused;
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
  const image = drop.querySelector("img");
  // What is no picture is told beside the field, and shown as none.
  image.addEventListener("error", () => (image.hidden = true));
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
