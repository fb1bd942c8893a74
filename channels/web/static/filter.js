// A long list of choices: typing finds one, Enter takes the first, the arrows walk; what was taken stands alone.

const fold = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const box = (choice) => choice.querySelector("input");

export function filter(input) {
  const list = document.getElementById(input.getAttribute("aria-controls"));
  const choices = [...list.querySelectorAll(".choice")];
  let tapped = false; // rather than walked to by key: then the list must stay
  const fitting = () => {
    const wanted = fold(input.value).split(/\s+/u);
    return choices.filter((choice) => wanted.every((word) => fold(choice.textContent).includes(word)));
  };
  const look = () => {
    const found = fitting();
    list.classList.remove("taken");
    choices.forEach((choice) => { choice.hidden = !found.includes(choice) && !box(choice).checked; });
    list.querySelector(".none").hidden = found.length > 0;
    list.scrollTop = 0;
  };
  input.hidden = false;
  input.addEventListener("input", look);
  input.addEventListener("focus", look);
  input.addEventListener("keydown", (event) => {
    if (!["Enter", "ArrowDown"].includes(event.key) || event.isComposing) return;
    event.preventDefault();
    const first = fitting()[0];
    if (!first || (event.key === "Enter" && !input.value.trim())) return;
    tapped = event.key === "Enter";
    box(first).focus();
    if (tapped) box(first).click();
  });
  list.addEventListener("keydown", () => { tapped = false; });
  list.addEventListener("pointerdown", () => { tapped = true; });
  list.addEventListener("click", (event) => {
    if (event.target.tagName !== "INPUT" || !tapped) return;
    const again = list.classList.contains("taken");
    input.value = "";
    look();
    list.classList.toggle("taken", !again && event.target.type === "radio");
  });
}
