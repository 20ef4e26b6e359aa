/** German sentences and what they mean; see english.ts. */
import { rule, type Language } from './language.ts'

const ES = '(?: es| das| dies| diesen| diese| den befehl| den plan| die änderung| die anfrage| einmal)?'
const VON = '(?:,? (?:von |für |bei |in |an |zu |aus )?(?:der |die )?TASK)?'

export const GERMAN: Language = {
  before:
    /^(?:(?:hey|hallo|ok|okay|also|so|ähm?|äh|hm+|und|nun|jetzt|bitte|mal|lugh|lu|kannst du|könntest du|würdest du|kannst du bitte|ich möchte,? dass du|ich will,? dass du)\b[,!.]? +)+/iu,
  after: /(?:[ ,]+(?:bitte|jetzt|danke|sofort|mal|doch|gleich|lugh|für mich|auf der stelle))+$/iu,
  rules: [
    rule(
      'deny',
      `(?:(?:nein|nee|nö),? )?(?:nicht|keinesfalls|auf keinen fall) (?:TASK )?(?:erlauben|freigeben|genehmigen|ausführen|zulassen|zusammenführen|mergen)${VON}`,
    ),
    rule(
      'deny',
      `(?:(?:nein|nee|nö)[, ]+)?(?:das |es |TASK )?(?:bitte )?(?:nicht|keinesfalls) (?:erlauben|freigeben|genehmigen|ausführen|zulassen|mergen)`,
    ),
    rule('deny', `(?:erlaube|genehmige|mach|tu)${ES}(?: TASK)? nicht|gib${ES}(?: TASK)? nicht frei|lass${ES}(?: TASK)? nicht zu`),
    rule(
      'deny',
      `(?:(?:nein|nee|nö)[, ]+)?(?:nein|nee|nö|auf keinen fall|keinesfalls|lieber nicht|bloß nicht|ablehnen|abgelehnt|verbieten|verboten|verwerfen|lehne${ES} ab|verweigere?n?|nicht erlaubt|abbrechen|verwirf${ES})${ES}${VON}`,
      {
        not: /^abbrechen.*TASK/u,
      },
    ),
    rule('deny', `lehne? (?:die )?TASK ab|TASK (?:ablehnen|ist abgelehnt|abgelehnt|verbieten|verwerfen|nein)|verwirf TASK`),
    rule(
      'approve',
      `(?:nur |dieses mal |einmal )?(?:ja|jawohl|klar|genau|in ordnung|einverstanden|ja,? bitte|genehmigen|genehmigt|genehmige|erlauben|erlaubt|erlaube|freigeben|freigegeben|zulassen|zugelassen|bestätigen|bestätigt|bestätige|ausführen|mergen|merge|zusammenführen|mach|mach weiter so|los|passt|passt so|sieht gut aus|tu|ja,? mach)${ES}${VON}`,
    ),
    rule('approve', `(?:erlaube|genehmige|bestätige) (?:der )?TASK (?:den befehl|den plan|die änderung|die anfrage|das|es)`),
    rule('approve', `(?:gib|lass) (?:es |das |die |den befehl )?(?:von )?(?:TASK )?(?:frei|zu)|gib TASK frei`),
    rule(
      'approve',
      `(?:ja[, ]+)?(?:die )?TASK (?:genehmigen|genehmigt|ist genehmigt|erlauben|ist erlaubt|erlaubt|freigeben|ist freigegeben|freigegeben|darf|mergen|zusammenführen|bestätigen|zulassen|ausführen|ja|passt)`,
    ),
    rule(
      'diff',
      `(?:(?:zeig|zeige|gib|schick)(?: mir)?(?: mal)? |lass mich )?(?:den |die |alle |das )?(?:diff|diffs|änderungen|unterschiede|unterschied)${VON}(?: (?:zeigen|sehen|anzeigen|ansehen))?`,
    ),
    rule(
      'diff',
      `was hat (?:die )?TASK geändert|was (?:wurde|hat sich|ist) (?:bei |an |in )?(?:TASK )?(?:geändert|verändert)|zeig(?:e)?(?: mir)?,? was (?:TASK |sich )?(?:geändert hat|geändert wurde)`,
    ),
    rule(
      'why',
      `(?:warum|wieso|weshalb|wozu)(?: (?:das|ist das so|denn))?|(?:warum|wieso|weshalb) (?:will|macht|fragt|hat|möchte) (?:TASK|er|sie|es)(?: das)?(?: tun| gemacht| getan)?|(?:erkläre?|begründe)${ES}${VON}|erklär(?:e)? (?:mir )?(?:das|TASK)|(?:warum|wieso) TASK`,
    ),
    rule(
      'status',
      `(?:status|statusbericht|bericht|lage|überblick|übersicht|stand|stand der dinge|(?:zeig|zeige|gib|sag|nenn)(?: mir)?(?: mal)? (?:den |die |einen )?(?:status|stand|überblick|übersicht|lage)|wie (?:ist|lautet) (?:der |die )?(?:status|stand|stand der dinge|lage)|was ist der stand|wie (?:läuft|geht|steht)(?:'s| es| das| alles)?(?: gerade| so| voran)?|wie weit (?:bist du|seid ihr|ist es)|was läuft(?: gerade)?|was machst du(?: gerade)?|woran arbeitest du(?: gerade)?|braucht mich (?:etwas|jemand|was)|was braucht mich|wartet (?:etwas|was) auf mich|was ist los)${VON}`,
    ),
    rule('status', `wie (?:läuft|steht es um|geht es|weit ist) (?:die |mit |bei |der )?TASK|was macht (?:die )?TASK(?: gerade)?`),
    rule(
      'stop',
      `(?:stopp|stop|stoppe|stoppen|halt|halte|anhalten|aufhören|hör auf|beende|beenden|brich ab)(?: (?<all>alles|alle|alle aufgaben|alle agenten))?(?: es| das| damit| die arbeit| die aufgabe| den agenten)?(?: an)?${VON}(?: an)?|(?<all2>alles|alle aufgaben|alle) (?:stoppen|anhalten|beenden|abbrechen|stopp)|(?:die )?TASK (?:stoppen|anhalten|abbrechen|beenden|stopp)|brich (?:die )?TASK ab|abbrechen,? (?:von )?TASK`,
    ),
    rule(
      'pause',
      `(?:pause|pausiere|pausieren|warte|warten|moment|mach (?:eine |mal )?pause|unterbrich|unterbrechen|anhalten und warten)(?: es| das| die aufgabe| den agenten| kurz)?${VON}|(?:die )?TASK (?:pausieren|unterbrechen|pause)|(?:mach|mache) (?:mit |bei )TASK (?:eine )?pause`,
    ),
    rule(
      'resume',
      `(?:weiter|weitermachen|mach weiter|mache weiter|fortsetzen|fortfahren|fahr fort|fahre fort|setze? (?:es |das )?fort|arbeite weiter|weiterarbeiten|weiter geht's|nimm${ES} wieder auf)(?: mit)?${VON}|(?:die )?TASK (?:fortsetzen|weitermachen|weiter|wieder aufnehmen)|setze? (?:die )?TASK fort|lass TASK weitermachen`,
    ),
    rule(
      'undo',
      `(?:rückgängig|rückgängig machen|zurücknehmen|widerrufen|undo|mach${ES} rückgängig|nimm${ES} zurück|mach (?:den letzten merge|die letzte änderung|das letzte) rückgängig|nimm (?:den letzten merge|die letzte änderung) zurück|widerrufe${ES})${VON}|(?:die )?TASK (?:rückgängig machen|zurücknehmen|widerrufen)|(?:mach|mache) (?:die )?TASK rückgängig|nimm (?:die )?TASK zurück`,
    ),
    rule(
      'checkpoint',
      '(?:(?:mach|mache|erstelle?|setze?|speichere?|leg|lege) (?:bitte )?(?:einen |nen |mir einen |einen neuen )?)?(?:checkpoint|sicherungspunkt|kontrollpunkt|speicherpunkt)(?: an)?(?:(?:,|:)? (?<words1>(?:vor|nach|für) .+?)|(?:,|:)? (?:namens|mit dem namen|genannt|mit namen) (?<words2>.+)|: ?(?<words3>.+))?(?: (?:erstellen|machen|setzen|anlegen|speichern))?',
    ),
    rule('checkpoint', 'sichere? (?:alles|den stand|den aktuellen stand)|(?:alles|den stand) sichern'),
    rule(
      'restore',
      '(?:(?:geh|gehe|spring|setz|setze) )?(?:alles )?(?:zurück (?:zu|auf|zum)|wiederherstellen)(?: den)? CHECKPOINT|(?:stell|stelle) (?:den )?CHECKPOINT wieder her|(?:den )?CHECKPOINT wiederherstellen|(?:geh|gehe) (?:zu|auf|zum) CHECKPOINT zurück',
    ),
    rule(
      'restore',
      '(?:(?:geh|gehe|spring) )?zurück (?:zu|auf|zum)(?: (?:checkpoint|sicherungspunkt))? (?<words1>(?:vor|nach) .+)|(?:(?:geh|gehe|spring) )?zurück zum (?:checkpoint|sicherungspunkt) (?:namens|genannt) (?<words2>.+)',
    ),
    rule(
      'restore',
      '(?:geh |gehe )?zurück zum (?:letzten )?(?:checkpoint|sicherungspunkt)|(?:den )?letzten (?:checkpoint|sicherungspunkt) wiederherstellen|stelle? den letzten (?:checkpoint|sicherungspunkt) wieder her',
    ),
    rule(
      'new',
      '(?:(?:starte?|erstelle?|mach|mache|beginne?|leg|lege|öffne) )?(?:eine |ne |ein |einen |noch eine )?(?:neue|neuer|neuen|weitere) (?:aufgabe|task|auftrag)(?: an)?(?:[:,.]| um| bei der| die)? (?<words>.{3,})',
    ),
    rule('new', '(?:starte?|erstelle?|beginne?) eine aufgabe(?:[:,.]| um| die)? (?<words>.{3,})'),
    rule(
      'tell',
      '(?:sag|sage|sagt|richte|schreib|schreibe|teil|teile|erinner|erinnere) (?:bitte )?(?:der |dem agenten von |dem |an )?TASK(?: aus| mit)?[:,.]?(?: daran,)?(?: dass)? (?<words>.{2,})|(?:an |für )TASK[:,] (?<words2>.{2,})',
    ),
    rule(
      'since',
      '(?:was|zeig mir,? was) (?:ist|war|hat sich|wurde|habe ich|hab ich)(?: denn| alles)?(?: (?:passiert|geschehen|los|gewesen|neu|neues|getan|gemacht|verpasst|geändert))?(?: (?:passiert|geschehen))? (?<words>(?:seit|in den letzten|in der letzten|im letzten|während|heute|gestern|über nacht|letzte|nach).*?)(?: (?:passiert|geschehen|los|gewesen|getan|gemacht|verpasst|geändert))?',
    ),
    rule(
      'since',
      "was ist passiert|was ist geschehen|was habe ich verpasst|was hab ich verpasst|was gibt es neues|was gibt's neues|bring mich auf den (?:neuesten )?stand",
    ),
    rule('since', "was gibt(?: es|'s) neues (?<words>(?:seit|in den|von).+)"),
  ],
  verbs:
    'genehmigen genehmige erlauben erlaube freigeben ablehnen verwerfen stoppen stoppe stopp anhalten abbrechen pausieren pausiere fortsetzen weitermachen rückgängig zurücknehmen wiederherstellen mergen bestätigen'.split(
      ' ',
    ),
}
