// The form of the try-it page, as the scripts beside this one find it.

export const $ = (selector) => document.querySelector(selector);
export const form = $("#form");
export const field = (name) => form.elements[name];
export const action = () => field("action").value;
// A picture that was dropped is too long for the text of its field.
export const value = (name) => field(name).picture ?? field(name).value.trim();
