//! New inputs from known ones, the same for the same seed.

use fastrand::Rng;
use std::ops::Range;

/// The longest input that is made, in bytes.
const LONGEST: usize = 6_000;
/// How many edits make an input at most.
const EDITS: usize = 4;
/// How often a part is repeated at most: more than any limit of nesting.
const REPEATS: usize = 40;
/// The edits of [`Mutator::edit`], and those of them that change whole values.
const ANY: Range<u8> = 0..12;
const SHAPED: Range<u8> = 9..12;

/// Makes inputs out of a corpus and words.
#[derive(Debug)]
pub struct Mutator<'a> {
    random: Rng,
    corpus: &'a [Vec<u8>],
    words: &'a [&'a str],
}

impl<'a> Mutator<'a> {
    /// A stream of inputs: the same for the same seed.
    pub fn new(seed: u64, corpus: &'a [Vec<u8>], words: &'a [&'a str]) -> Self {
        Self {
            random: Rng::with_seed(seed),
            corpus,
            words,
        }
    }

    /// The next input.
    pub fn input(&mut self) -> Vec<u8> {
        let mut input = self.known();
        // Every other one keeps the shape of JSON, so that it is read at all.
        let edits = if self.random.bool() { ANY } else { SHAPED };
        for _ in 0..self.random.usize(1..=EDITS) {
            self.edit(&mut input, edits.clone());
        }
        input.truncate(LONGEST);
        input
    }

    fn known(&mut self) -> Vec<u8> {
        self.random.choice(self.corpus).cloned().unwrap_or_default()
    }

    fn word(&mut self) -> Vec<u8> {
        let word = self.random.choice(self.words).copied();
        word.unwrap_or_default().as_bytes().to_vec()
    }

    fn edit(&mut self, input: &mut Vec<u8>, edits: Range<u8>) {
        let at = self.random.usize(0..=input.len());
        let part = self.part(input);
        match self.random.u8(edits) {
            0 => input
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte ^= 1 << self.random.u8(0..8)),
            1 => input
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte = self.random.u8(..)),
            2 => drop(input.splice(at..at, self.word())),
            3 => drop(input.splice(part, self.word())),
            4 => drop(input.drain(part)),
            5 => input.truncate(at),
            6 => self.repeat(input, part),
            7 => self.move_to(input, part, at),
            8 => self.cross(input, at),
            9 => self.transplant(input),
            10 => drop(value(input, at).map(|value| input.splice(value, self.word()))),
            _ => drop(value(input, at).map(|value| input.drain(value))),
        }
    }

    /// A short range of an input.
    fn part(&mut self, input: &[u8]) -> Range<usize> {
        let begin = self.random.usize(0..=input.len());
        let longest = if self.random.bool() { 4 } else { 64 };
        let end = begin + self.random.usize(0..=longest);
        begin..end.min(input.len())
    }

    fn repeat(&mut self, input: &mut Vec<u8>, part: Range<usize>) {
        let times = self.random.usize(1..=REPEATS);
        let repeated = input[part.clone()].repeat(times);
        input.splice(part.end..part.end, repeated);
        input.truncate(LONGEST);
    }

    fn move_to(&mut self, input: &mut Vec<u8>, part: Range<usize>, at: usize) {
        let moved: Vec<u8> = input.drain(part).collect();
        let at = at.min(input.len());
        input.splice(at..at, moved);
    }

    /// The beginning of one input and the end of another.
    fn cross(&mut self, input: &mut Vec<u8>, at: usize) {
        let other = self.known();
        let from = self.random.usize(0..=other.len());
        input.truncate(at);
        input.extend(&other[from..]);
    }

    /// A JSON value of another input, or of this one, in the place of one of this.
    fn transplant(&mut self, input: &mut Vec<u8>) {
        let other = if self.random.bool() {
            self.known()
        } else {
            input.clone()
        };
        let from = value(&other, self.random.usize(0..=other.len()));
        let to = value(input, self.random.usize(0..=input.len()));
        if let (Some(from), Some(to)) = (from, to) {
            input.splice(to, other[from].iter().copied());
        }
    }
}

/// The first JSON value that begins at `at` or behind it.
fn value(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_begin = |byte: &u8| b"{[\"tfn-0123456789".contains(byte);
    let begin = at + text.get(at..)?.iter().position(is_begin)?;
    let mut depth = 0_usize;
    let mut end = begin;
    loop {
        match text.get(end)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b'"' => {
                end += 1;
                while *text.get(end)? != b'"' {
                    end += if text[end] == b'\\' { 2 } else { 1 };
                }
            }
            _ => {}
        }
        end += 1;
        let next = text.get(end);
        let word = next.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
        if depth == 0 && !word {
            return Some(begin..end);
        }
    }
}
