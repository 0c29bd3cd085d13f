// What the threshold is held against, and where on the slider its values lie.

const NEAREST = 0.005; // probabilities reach this far at least
const FARTHEST = 0.0005; // and no farther, or single pictures would make all others crowd
const MARGIN = 0.02; // of a linear scale, beyond the lowest and highest value

function logOdds(probability) {
  return Math.log(probability / (1 - probability));
}

/** Positions are log odds, since probabilities crowd at 0 and 1. */
const probabilityScale = {
  least: 0,
  most: 1,
  place: logOdds,
  ends(values) {
    const bounded = [NEAREST, 1 - NEAREST, ...values].map((p) =>
      logOdds(Math.min(Math.max(p, FARTHEST), 1 - FARTHEST)),
    );
    return { low: Math.min(...bounded) - 0.1, high: Math.max(...bounded) + 0.1 };
  },
  /** In few digits, so that what is shown is what is used. */
  value(odds) {
    const near = 1 / (1 + Math.exp(Math.abs(odds))); // distance to the nearer of 0 and 1
    const digits = Math.min(15, 2 - Math.floor(Math.log10(near)));
    const rounded = Number(near.toFixed(digits));
    return odds < 0 ? rounded : Number((1 - rounded).toFixed(digits));
  },
  ticks: () => [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999],
  share: (value) => value,
  tick: percent,
  short: percent,
  long: (value) => share(value, 4),
};

/** Positions are the values themselves, which may be any. */
const linearScale = {
  least: -Infinity,
  most: Infinity,
  place: (value) => value,
  ends(values) {
    const low = Math.min(...values);
    const high = Math.max(...values);
    const margin = MARGIN * (high - low) || 0.01;
    return { low: low - margin, high: high + margin };
  },
  value: (place) => Number(place.toPrecision(4)),
  ticks({ low, high }) {
    const rough = (high - low) / 9;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
    const first = Math.ceil(low / step);
    const count = Math.floor(high / step) - first + 1;
    return Array.from({ length: count }, (_, n) => Number(((first + n) * step).toPrecision(6)));
  },
  share: (value) => (value - reach.low) / (reach.high - reach.low),
  tick: String,
  short: (value) => value.toFixed(3),
  long: (value) => value.toFixed(4),
};

const scale = facts.words.value === "probability" ? probabilityScale : linearScale;
