// Days of a report as a chart takes them: columns of numbers, the days in seconds since 1970 at midnight UTC.
export interface Day {
  on: string;
  planned: number;
  played: number;
}

export type Columns = [number[], number[], number[]];

export function chartData(days: Day[]): Columns {
  return [
    days.map((day) => Date.parse(`${day.on}T00:00:00Z`) / 1000),
    days.map((day) => day.planned),
    days.map((day) => day.played),
  ];
}
