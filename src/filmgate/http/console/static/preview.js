// The preview of a camera move: a small world that moves the other way than the camera.

const presets = {
  down_back: { vertical: -5, zoom: 6 },
  forward_up: { vertical: 5, zoom: -6 },
  right_turn_forward: { pan: 6, zoom: -5 },
  left_turn_forward: { pan: -6, zoom: -5 },
};
let moving;

document.querySelector("#form")?.addEventListener("camera", ({ detail: chosen }) => {
  moving?.cancel();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!chosen || still) return;
  const config = chosen.config ?? presets[chosen.type];
  const scale = chosen.type === "simple" && Object.values(config).every((each) => Math.abs(each) <= 1) ? 10 : 1;
  const by = (axis) => (config[axis] ?? 0) * scale;
  const end = `translate3d(${-by("horizontal") * 5}%, ${by("vertical") * 4}%, ${-by("zoom") * 8}px) rotateY(${by("pan") * 2.5}deg) rotateX(${-by("tilt") * 2.5}deg) rotateZ(${-by("roll") * 2}deg)`;
  moving = document.querySelector(".world").animate([{ transform: "none" }, { transform: end }], { duration: 2500, easing: "ease-in-out", iterations: Infinity, direction: "alternate" });
});
