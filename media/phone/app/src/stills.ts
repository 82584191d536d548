// Two `<img>` in turn, so that a picture is decoded before it is due.

export class Stills {
  private on: HTMLImageElement;
  private spare: HTMLImageElement;

  constructor(images: [HTMLImageElement, HTMLImageElement]) {
    [this.on, this.spare] = images;
  }

  prepare(src: string): void {
    if (this.on.getAttribute("src") !== src && this.spare.getAttribute("src") !== src) this.spare.src = src;
  }

  show(src: string): void {
    if (this.on.getAttribute("src") !== src) {
      if (this.spare.getAttribute("src") !== src) this.spare.src = src;
      [this.on, this.spare] = [this.spare, this.on];
    }
    this.on.classList.add("shown");
    this.spare.classList.remove("shown");
  }

  hide(): void {
    this.on.classList.remove("shown");
    this.spare.classList.remove("shown");
  }
}
