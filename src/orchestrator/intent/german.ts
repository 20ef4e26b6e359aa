/** German sentences and what they mean; see english.ts. */
import { echo, rule, type Language } from './language.ts'

const DINGE = '(?:den befehl|den plan|die änderung|die änderungen|die anfrage|den schritt)'
const ES = `(?: es| das| dies| diesen| diese| ${DINGE}| einmal)?`
const VON = '(?:,? (?:von |für |bei |in |an |zu |aus |mit )?(?:der |die |dem )?TASK)?'
/** What a task asks or did, without a name: "das was T6 da will", "die Änderung von T9". */
const GEFRAGT =
  '(?:(?:das|die sache|das ding)?,? ?was (?:die |der )?TASK (?:da )?(?:will|möchte|fragt|braucht|vorhat|gemacht hat|geändert hat|tun will|macht)|(?:die änderungen|die änderung|den befehl|der befehl|den plan|der plan|die anfrage) von (?:der )?TASK)'
const WER = `(?:(?:die |der |den )?TASK|es|das|${GEFRAGT})`
const GUT = '(?:gut|okay|ok|in ordnung|prima|super|richtig|fein|erlaubt|genehmigt)'
const JA = `(?:ja|jo|jawohl|joa|jep|klar|klar doch|gerne|gern|genau|natürlich|okay|ok|gut|in ordnung|einverstanden|von mir aus|meinetwegen|alles klar|passt|passt so|passt für mich|(?:das|es) (?:passt|geht klar|geht in ordnung)|(?:das |es )?ist ${GUT}|(?:das |es )?sieht gut aus|mach|mach das|mach es|mach so|mach ruhig|mach weiter so|(?:das )?kannst du machen|kannst du|darfst du|du darfst|los|tu|tu das|genehmigen|genehmigt|genehmige|erlauben|erlaubt|erlaube|freigeben|freigegeben|zulassen|zugelassen|bestätigen|bestätigt|bestätige|ausführen|führ es aus|führ das aus|mergen|merge|zusammenführen|übernehmen|(?:erlaub|erlaube|genehmige|merge|übernimm) (?:das|es|die|sie))`
const NEIN = `(?:nein|nee|ne|nö|auf (?:gar )?keinen fall|keinesfalls|niemals|lieber nicht|bloß nicht|bitte nicht|besser nicht|ablehnen|abgelehnt|verbieten|verboten|verwerfen|lehne?${ES} ab|verweigere?n?|nicht erlaubt|abbrechen|verwirf${ES}|(?:das|es) (?:will|möchte|mag) ich nicht|(?:ich )?(?:will|möchte|mag) (?:ich )?(?:das|es) nicht|lass das|lass es|lass das sein|mach das nicht|tu das nicht|das (?:lehne ich|lehn ich) ab)`
const SEHEN = '(?:(?:zeig|zeige|gib|schick)(?: mir)?|lass mich|(?:ich )?(?:kann|könnte|möchte|will|würde)(?: ich)?(?: gerne?)?)'
const ZEIGEN = '(?: (?:zeigen|sehen|anzeigen|ansehen|anschauen|haben))?'
const WARUM = '(?:warum|wieso|weshalb|wozu)'
const ALLE = '(?<all>alles|alle|alle aufgaben|alle agenten|sämtliche aufgaben)'
const HALT = '(?:stopp|stop|stoppe|stoppen|halt|halte|anhalten|aufhören|hör auf|hört auf|beende|beenden|brich ab)'
const NICHT = '(?:nicht |bloß nicht |keinesfalls |auf (?:gar )?keinen fall )'

export const GERMAN: Language = {
  before:
    /^(?:(?:hey|hallo|na|ach|och|oh|ok|okay|also|so|ähm?|äh|hm+|und|nun|jetzt|dann|bitte|mal|warte|moment|lugh|lu|kannst du|könntest du|würdest du|könnt ihr|kannst du bitte|du kannst|ihr könnt|du sollst|ich möchte,? dass du|ich will,? dass du|ich möchte|ich will|ich würde gerne?|lass uns)\b[,!.]? +)+/iu,
  after: /(?:[ ,]+(?:bitte|jetzt|danke|sofort|mal|doch|gleich|lugh|für mich|auf der stelle))+$/iu,
  tail: /(?:[ ,]+(?:gerade|grad|denn|eigentlich|schon|oder|kurz|schnell|eben|wieder|dann|so|gut|nicht mehr nötig))+$/iu,
  never: /(?<!\p{L})(?:nicht|kein\p{L}*|nie|niemals|nein|nee|nö|bloß)(?!\p{L})/iu,
  inner:
    /[ ,]+(?:bitte|mal|doch|denn|eben|kurz|schnell|wieder|eigentlich|jetzt|dann|gerade|grad|so|einfach|noch|auch|schon|vielleicht|gerne?|kannst du|könntest du|ihr|du)(?=[ ,])/giu,
  echoes: { approve: echo(JA), deny: echo(NEIN) },
  rules: [
    rule('deny', `${NICHT}(?:TASK )?(?:erlauben|freigeben|genehmigen|ausführen|zulassen|zusammenführen|mergen)${VON}`),
    rule('deny', `(?:das |es |TASK )?(?:bitte )?${NICHT}(?:erlauben|freigeben|genehmigen|ausführen|zulassen|mergen|machen)`),
    rule('deny', `(?:erlaube?|genehmige|mach|tu)${ES}(?: TASK)? nicht|gib${ES}(?: TASK)? nicht frei|lass${ES}(?: TASK)? nicht zu`),
    rule('deny', `${NEIN}${ES}${VON}`, { not: /^abbrechen.*TASK/u }),
    rule('deny', `(?:die )?TASK (?:darf|soll|kann)(?: das| es)? (?:nicht|auf keinen fall|keinesfalls)(?: (?:tun|machen|ausführen))?`),
    rule('deny', `(?:lehne?|lehnt) ${WER} ab|${GEFRAGT}(?: das)? (?:lehne? ich ab|will ich nicht|möchte ich nicht|ablehnen|verwerfen|verbieten)`),
    rule(
      'deny',
      `(?:die )?TASK (?:ablehnen|ist abgelehnt|abgelehnt|verbieten|verwerfen|nein|nicht erlaubt)|verwirf ${WER}|verbiete? (?:der )?TASK(?: das)?|sag(?:e)? nein zu ${WER}`,
    ),
    rule('approve', `(?:nur |dieses mal |einmal )?${JA}${ES}${VON}`),
    rule('approve', `(?:erlaube?|genehmige|bestätige|merge|übernimm) (?:(?:der |die )?TASK(?: (?:das|es|${DINGE}))?|${GEFRAGT})`),
    rule(
      'approve',
      `(?:gib|lass) (?:es |das |die |den befehl )?(?:von )?(?:TASK )?(?:frei|zu)|gib ${WER} frei|lass TASK (?:das )?(?:machen|ausführen)|sag(?:e)? ja zu ${WER}`,
    ),
    rule(
      'approve',
      `(?:die )?TASK (?:genehmigen|ist ${GUT}|erlauben|freigeben|ist freigegeben|freigegeben|darf|darf (?:das|es)(?: (?:machen|tun|ausführen))?|mergen|zusammenführen|bestätigen|zulassen|ausführen|übernehmen|ja|passt|sieht gut aus)`,
    ),
    rule('approve', `${GEFRAGT} (?:ist ${GUT}|passt|darf (?:sie|er|es)|genehmigen|erlauben|freigeben|mergen|übernehmen)`),
    rule('diff', `(?:${SEHEN} )?(?:den |die |alle |das |deine )?(?:diff|diffs|div|änderungen|änderung|unterschiede|unterschied)${VON}${ZEIGEN}`, {
      not: /^(?:die )?änderung(?:,| |$)/u,
    }),
    rule(
      'diff',
      `was hat (?:die )?TASK (?:geändert|verändert|angefasst)|was (?:wurde|hat sich|ist) (?:bei |an |in )?(?:TASK )?(?:geändert|verändert)`,
    ),
    rule(
      'diff',
      `(?:${SEHEN}|schauen|sehen),? was (?:(?:die )?TASK |sich |du )?(?:geändert|gemacht|verändert) (?:hat|hast|wurde)|was (?:hat sie|hast du) geändert|(?:sehen|schauen),? was TASK gemacht hat|welche dateien hat (?:die )?TASK (?:geändert|angefasst)`,
    ),
    rule('diff', `(?:ich )?(?:möchte|will|würde)?(?: gerne?)? ?sehen,? was (?:die )?TASK (?:gemacht|geändert) hat`),
    rule(
      'why',
      `(?:(?:erklär|erkläre|sag)(?: mir)?,? )?${WARUM}(?: (?:das|ist das|will|willst|macht|machst|fragt|fragst|hat|hast|möchte|möchtest|braucht|brauchst))?(?: (?:(?:die )?TASK|du|er|sie|es))?(?: (?:das|mich|so|danach))*(?: (?:tun|gemacht|getan|machen|macht|will|braucht|fragt|gefragt|haben|gestoppt|tut))?(?: (?:hat|will|möchte))?`,
    ),
    rule('why', `(?:erkläre?|begründe)(?: mir)?${ES}${VON}|(?:warum|wieso) TASK|was ist der grund(?: (?:dafür|für TASK))?`),
    rule(
      'status',
      `(?:status|statusbericht|bericht|lage|überblick|übersicht|stand|stand der dinge|(?:zeig|zeige|gib|sag|nenn)(?: mir)? (?:den |die |einen )?(?:kurzen |aktuellen )?(?:status|stand|überblick|übersicht|lage)|wie (?:ist|lautet) (?:der |die )?(?:status|stand|stand der dinge|lage)|was ist der stand|wie (?:läuft|läufts|geht|gehts|steht|stehts)(?:'s| es| das| alles)?(?: voran)?|wie weit (?:bist du|seid ihr|ist es|sind wir)|was läuft|was (?:machst du|macht ihr|tust du)|(?:woran|an was) (?:arbeitest du|arbeitet ihr)|braucht mich (?:etwas|jemand|was)|was braucht mich|(?:wartet|gibt es|gibt's|liegt) (?:irgend)?(?:etwas|was|jemand|noch etwas|noch was)(?: auf mich| für mich| an)|was ist los|(?:bist du|seid ihr) (?:noch )?(?:dran|fertig|da|beschäftigt|am arbeiten))${VON}`,
    ),
    rule(
      'status',
      `wie (?:läuft|steht es um|steht es mit|geht es|geht es mit|weit ist|weit bist du mit|sieht es aus mit) (?:die |mit |bei |der )?TASK(?: aus)?|was (?:macht|treibt) (?:die )?TASK`,
    ),
    rule(
      'status',
      `ist (?:die )?TASK (?:noch )?(?:fertig|durch|dran|bereit|zu ende|am laufen)|läuft (?:die )?TASK(?: noch)?|TASK,? wie (?:läuft|weit ist|geht es|steht es um) (?:die|das|sie|es|damit)|was ist mit TASK`,
    ),
    rule(
      'stop',
      `${HALT}(?: ${ALLE})?(?: es| das| damit| die arbeit| die aufgabe| den agenten)?(?: an)?${VON}(?: an)?|${HALT} ${HALT}|${ALLE} (?:stoppen|anhalten|beenden|abbrechen|stopp|aufhören)|(?:die )?TASK (?:stoppen|anhalten|abbrechen|beenden|stopp|soll aufhören|soll stoppen)|brich (?:(?:die )?TASK|${ALLE}) ab|abbrechen,? (?:von )?TASK|(?:hör|hört) ${ALLE} auf|(?:hör|hört)(?: damit)? auf(?: damit)?`,
    ),
    rule(
      'pause',
      `(?:pause|pausier|pausiere|pausieren|warte|warten|moment|mach (?:eine )?pause|unterbrich|unterbrechen|anhalten und warten)(?: es| das| die aufgabe| den agenten| kurz)?${VON}|(?:die )?TASK (?:pausieren|unterbrechen|pause|soll (?:eine )?pause machen|soll (?:warten|pausieren)|kann warten)|(?:mach|mache) (?:mit |bei )TASK (?:eine )?pause|lass TASK (?:warten|pausieren)`,
    ),
    rule('pause', `halte? (?:die )?TASK kurz an`),
    rule(
      'resume',
      `(?:weiter|weitermachen|mach weiter|mache weiter|macht weiter|fortsetzen|fortfahren|fahr fort|fahre fort|setze? (?:es |das )?fort|arbeite weiter|weiterarbeiten|weiter geht's|weiter gehts|geht weiter|nimm${ES} auf)(?: mit)?${VON}|(?:die )?TASK (?:fortsetzen|weitermachen|weiter|aufnehmen|kann (?:weitermachen|weiterarbeiten|weiter)|darf (?:weitermachen|weiterarbeiten|weiter)|soll (?:weitermachen|weiterarbeiten))|setze? (?:die )?TASK fort|lass TASK (?:weitermachen|weiterlaufen|weiterarbeiten|weiter)|(?:mach|mache) mit (?:der )?TASK weiter|nimm TASK auf`,
    ),
    rule(
      'undo',
      `(?:(?:nein|ne|nee),? )?(?:rückgängig|rückgängig machen|zurücknehmen|widerrufen|undo|mach${ES} rückgängig|nimm${ES} zurück|mach (?:den letzten merge|die letzte änderung|das letzte) rückgängig|nimm (?:den letzten merge|die letzte änderung) zurück|widerrufe${ES})${VON}|(?:(?:die )?TASK|${GEFRAGT}) (?:rückgängig machen|zurücknehmen|widerrufen)|(?:mach|mache) ${WER} rückgängig|nimm ${WER} zurück`,
    ),
    rule(
      'checkpoint',
      '(?:(?:mach|mache|erstelle?|setze?|speichere?|leg|lege) (?:bitte )?(?:einen |nen |mir einen |einen neuen )?)?(?:checkpoint|sicherungspunkt|kontrollpunkt|speicherpunkt)(?: an)?(?:(?:,|:)? (?<words1>(?:vor|nach|für) .+?)|(?:,|:)? (?:namens|mit dem namen|genannt|mit namen) (?<words2>.+)|: ?(?<words3>.+))?(?: (?:erstellen|machen|setzen|anlegen|speichern))?',
    ),
    rule('checkpoint', '(?:sichere?|speichere?) (?:alles|den stand|den aktuellen stand)|(?:alles|den stand) (?:sichern|speichern)'),
    rule(
      'restore',
      '(?:(?:geh|gehe|spring|setz|setze) )?(?:alles )?(?:zurück (?:zu|auf|zum)|wiederherstellen)(?: den)? CHECKPOINT|(?:stell|stelle) (?:den )?CHECKPOINT(?: wieder)? her|(?:den )?CHECKPOINT wiederherstellen|(?:geh|gehe|setz|setze|spring|stell|stelle)(?: alles| es| das)? (?:zu|auf|zum) CHECKPOINT zurück|(?:zu|zum|auf) CHECKPOINT zurück(?:gehen|setzen|kehren)?',
    ),
    rule(
      'restore',
      '(?:(?:geh|gehe|spring) )?zurück (?:zu|auf|zum)(?: (?:den|dem))?(?: (?:checkpoint|sicherungspunkt|stand|zustand|punkt))? (?<words1>(?:vor|nach) .+)|(?:(?:geh|gehe|spring) )?zurück zum (?:checkpoint|sicherungspunkt) (?:namens|genannt) (?<words2>.+)',
    ),
    rule(
      'restore',
      '(?:geh |gehe )?zurück zum (?:letzten )?(?:checkpoint|sicherungspunkt)|(?:den )?letzten (?:checkpoint|sicherungspunkt) wiederherstellen|stelle? den letzten (?:checkpoint|sicherungspunkt) wieder her',
    ),
    rule(
      'new',
      '(?:(?:starte?|erstelle?|mach|mache|beginne?|leg|lege|öffne) )?(?:mir )?(?:eine |ne |ein |einen |noch eine )?(?:neue|neuer|neuen|weitere) (?:aufgabe|task|auftrag)(?: an)?(?:[:,.]| um| bei der)?(?: bitte)? (?<words>.{3,})',
    ),
    rule(
      'new',
      '(?:starte?|erstelle?|beginne?|mach|mache) eine aufgabe(?:[:,.]| um)? (?<words>.{3,})|(?:leg|lege) (?:mir )?(?:mal )?eine aufgabe an(?:[:,.]| um)? (?<words2>.{3,})',
    ),
    rule(
      'tell',
      '(?:sag|sage|sagt|richte|schreib|schreibe|teil|teile|erinner|erinnere) (?:bitte )?(?:der |dem agenten von |dem |an |die )?TASK(?: aus| mit| bescheid)?[:,.]?(?: daran,?)?(?: dass)? (?<words>.{2,})|(?:an |für )TASK[:,] (?<words2>.{2,})',
    ),
    rule(
      'since',
      '(?:was|zeig mir,? was) (?:ist|war|hat sich|wurde|habe ich|hab ich|habt ihr|hast du)(?: denn| alles| so)*(?: (?:passiert|geschehen|los|gewesen|neu|neues|getan|gemacht|verpasst|geändert))?(?: (?:passiert|geschehen))? (?<words>(?:seit|in den letzten|in der letzten|im letzten|während|heute|gestern|über nacht|letzte|nach).*?)(?: (?:passiert|geschehen|los|gewesen|getan|gemacht|verpasst|geändert))?',
    ),
    rule(
      'since',
      "was ist passiert|was ist geschehen|was habe ich verpasst|was hab ich verpasst|was gibt es neues|was gibt's neues|bring mich auf den (?:neuesten |aktuellen |letzten )?stand",
    ),
    rule('since', "was gibt(?: es|'s) neues (?<words>(?:seit|in den|von).+)"),
  ],
  small:
    'ich du er sie es wir ihr man mir mich dir dich uns euch den dem der die das des ein eine einen einem und oder aber dass ob wenn da hier dort so auch noch nur schon mal doch denn eben ja nein nicht kein keine zu zum zur auf aus an am im in bei mit von vor nach für um über was wer wie wo wann warum ist sind war bin bist seid hat haben habe hast habt kann kannst könnt darf soll will willst wollt möchte muss musst geht gehts läuft gerade jetzt gleich bitte danke alles etwas irgendwas irgendwie eigentlich kurz schnell wieder zurück weiter los fertig'.split(
      ' ',
    ),
  verbs:
    'genehmigen genehmige erlauben erlaube freigeben ablehnen verwerfen stoppen stoppe stopp anhalten abbrechen pausieren pausiere fortsetzen weitermachen rückgängig zurücknehmen wiederherstellen mergen bestätigen'.split(
      ' ',
    ),
}
