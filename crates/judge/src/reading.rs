//! What a dialog holds, read once for all who ask of it while it is judged.

use std::ops::Range;

use siptriage_diagnostics::{CodeClass, MediaSide, code_class};
use siptriage_facts::{Dialog, DialogDiagnosis, DialogMedia, Modalities, Name, Party, Tag};

use crate::Location;
use crate::ends::side_of;
use crate::fields::{Field, Fields};
use crate::rules::Holding;

/// A diagnosis that was read.
#[derive(Debug, Clone)]
pub(crate) struct Told<'f> {
    pub(crate) diagnosis: &'f DialogDiagnosis,
    pub(crate) class: CodeClass,
    /// Where its sections are in [`Reading::sections`]; empty before they are read.
    pub(crate) sections: Range<usize>,
}

/// A media section that was read: what [`MediaView`](crate::MediaView) shows, found faster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section<'f> {
    pub(crate) media: &'f DialogMedia,
    pub(crate) fields: Fields<'f>,
    pub(crate) side: Option<MediaSide>,
    pub(crate) local: Location,
    pub(crate) remote: Location,
    pub(crate) modality: Modalities,
}

/// A dialog that is read. Made once for many dialogs, since it keeps its memory, and what it knows
/// of words that nearly all of them have.
#[derive(Debug)]
pub(crate) struct Reading<'f> {
    /// Ends in the order of their tags.
    pub(crate) parties: Vec<(Tag, &'f Party)>,
    /// Diagnoses in the order of the facts.
    pub(crate) told: Vec<Told<'f>>,
    pub(crate) sections: Vec<Section<'f>>,
    /// For the rules: which diagnosis stands where by gravity, and the sections it has.
    pub(crate) order: Vec<Ordered>,
    pub(crate) views: Vec<usize>,
    /// For the rules: what they may hold of.
    pub(crate) holding: Holding,
    /// Classes of codes that were met, by the last bits of the code.
    classes: [Option<(u32, CodeClass)>; 64],
    labels: Vec<(&'f str, Modalities)>,
}

/// A diagnosis in the order of gravity.
#[derive(Debug, Clone)]
pub(crate) struct Ordered {
    /// Its place in [`Reading::told`].
    pub(crate) told: usize,
    /// Smaller is graver.
    pub(crate) gravity: (u8, bool),
    /// Where the places of its sections are in [`Reading::views`].
    pub(crate) views: Range<usize>,
}

/// Words that are remembered; a trace that has more is read all the same.
const MAX_KNOWN: usize = 32;

impl Default for Reading<'_> {
    fn default() -> Self {
        Reading {
            parties: Vec::new(),
            told: Vec::new(),
            sections: Vec::new(),
            order: Vec::new(),
            views: Vec::new(),
            holding: Holding::default(),
            classes: [None; 64],
            labels: Vec::new(),
        }
    }
}

impl<'f> Reading<'f> {
    /// Begins with a dialog: its ends, and the classes of its diagnoses.
    pub(crate) fn begin(&mut self, dialog: &'f Dialog) {
        self.parties.clear();
        let parties = dialog.parties.iter();
        self.parties
            .extend(parties.map(|(tag, party)| (*tag, party)));
        self.told.clear();
        self.sections.clear();
        if dialog.diagnoses.is_empty() {
            return;
        }
        for (diagnosis, _) in dialog.diagnoses() {
            let class = self.class(diagnosis.code);
            self.told.push(Told {
                diagnosis,
                class,
                sections: 0..0,
            });
        }
    }

    /// Reads the media sections, for a caller with this tag.
    pub(crate) fn read_sections(&mut self, caller: Option<Tag>) {
        self.sections.clear();
        for at in 0..self.told.len() {
            let diagnosis = self.told[at].diagnosis;
            let first = self.sections.len();
            for media in &diagnosis.media {
                let section = self.section(diagnosis, media, caller);
                self.sections.push(section);
            }
            self.told[at].sections = first..self.sections.len();
        }
    }

    fn section(
        &mut self,
        diagnosis: &DialogDiagnosis,
        media: &'f DialogMedia,
        caller: Option<Tag>,
    ) -> Section<'f> {
        let fields = Fields::of(media.fields());
        let location = |debug, quality| {
            let of_debug = fields.get(debug);
            let of_debug = of_debug.map_or(Location::Unknown, Location::of_field);
            let of_quality = || fields.get(quality).map(Location::of_inside);
            match of_debug {
                Location::Unknown => of_quality().unwrap_or(Location::Unknown),
                known => known,
            }
        };
        Section {
            media,
            side: side_of(diagnosis, media, caller),
            local: location(Field::LocalLocation, Field::LocalInside),
            remote: location(Field::RemoteLocation, Field::RemoteInside),
            modality: self.modality(&media.label),
            fields,
        }
    }

    /// The class of a code; unclassified where there is none.
    fn class(&mut self, code: Option<u32>) -> CodeClass {
        let Some(code) = code else {
            return CodeClass::Unclassified;
        };
        let known = &mut self.classes[code as usize % 64];
        match *known {
            Some((own, class)) if own == code => class,
            _ => {
                let class = code_class(code);
                *known = Some((code, class));
                class
            }
        }
    }

    /// What a label says that the medium is. Equal labels are mostly one text in memory.
    fn modality(&mut self, label: &'f Name) -> Modalities {
        let label = label.as_str();
        let known = (self.labels.iter()).find(|(known, _)| std::ptr::eq(*known, label));
        if let Some((_, modality)) = known {
            return *modality;
        }
        let modality = Modalities::of_medium(label);
        if self.labels.len() < MAX_KNOWN {
            self.labels.push((label, modality));
        }
        modality
    }
}
